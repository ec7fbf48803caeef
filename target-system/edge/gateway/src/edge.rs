//! The state that all routes share, and the type of their answers.

use crate::auth::KeyRing;
use crate::limit::Limiter;
use axum::Json;
use shop_platform::{Caller, Problem};
use std::time::Duration;

/// The state that all routes share.
pub(crate) struct Edge {
    pub caller: Caller,
    pub keys: KeyRing,
    pub limiter: Limiter,
    pub stock_patience: Duration,
    /// The OpenAPI document, as JSON.
    pub document: serde_json::Value,
}

/// The answer of a route.
pub(crate) type Reply<T> = Result<Json<T>, Problem>;
