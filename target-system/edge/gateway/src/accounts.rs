//! Accounts: opening one, logging in, reading one's profile and inbox.

use crate::edge::{Edge, Reply};
use crate::input::{At, Body, Me};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CACHE_CONTROL;
use shop_contracts::CustomerId;
use shop_contracts::identity::{
    Customer, GetCustomer, IdentityError, IssueToken, JwkSet, Jwks, Register,
};
use shop_contracts::notification::{ListInbox, Notice};
use shop_platform::{Call, Principal, Problem};
use std::sync::Arc;

pub(crate) async fn register(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(ask): Body<Register>,
) -> Reply<Customer> {
    Ok(Json(edge.caller.call(&call, ask).await?))
}

/// No cache may keep a token (RFC 6749, section 5.1).
pub(crate) async fn token(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(ask): Body<IssueToken>,
) -> Result<Response, Problem> {
    let token = edge.caller.call(&call, ask).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(token)).into_response())
}

pub(crate) async fn me(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Me(customer_id): Me,
) -> Reply<Customer> {
    let ask = GetCustomer { customer_id };
    Ok(Json(edge.caller.call(&call, ask).await?))
}

/// A customer may read their own account; all others do not exist for them.
pub(crate) async fn customer(
    State(edge): State<Arc<Edge>>,
    call: Call,
    At(customer_id): At<CustomerId>,
) -> Reply<Customer> {
    let asking = call.principal().and_then(Principal::customer);
    if asking.is_some_and(|asking| *asking != customer_id) {
        return Err(Problem::domain(&IdentityError::UnknownCustomer));
    }
    let ask = GetCustomer { customer_id };
    Ok(Json(edge.caller.call(&call, ask).await?))
}

pub(crate) async fn inbox(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Me(customer_id): Me,
) -> Reply<Vec<Notice>> {
    let ask = ListInbox { customer_id };
    Ok(Json(edge.caller.call(&call, ask).await?))
}

pub(crate) async fn jwks(State(edge): State<Arc<Edge>>, call: Call) -> Reply<JwkSet> {
    Ok(Json(edge.caller.call(&call, Jwks {}).await?))
}
