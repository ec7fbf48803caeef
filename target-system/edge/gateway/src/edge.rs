//! What every route works with, and what it answers.

use crate::auth::KeyRing;
use crate::limit::Limiter;
use axum::Json;
use shop_platform::{Caller, Problem};
use std::time::Duration;

/// What every route works with.
pub(crate) struct Edge {
    pub caller: Caller,
    pub keys: KeyRing,
    pub limiter: Limiter,
    pub stock_patience: Duration,
    /// The OpenAPI document, as JSON.
    pub document: serde_json::Value,
}

/// What a route answers.
pub(crate) type Reply<T> = Result<Json<T>, Problem>;
