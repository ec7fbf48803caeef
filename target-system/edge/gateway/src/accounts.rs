//! Accounts: registration, log in, profile and inbox.

use crate::edge::{Edge, Reply};
use crate::input::{Body, CurrentCustomer, PathParams};
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
    Body(request): Body<Register>,
) -> Reply<Customer> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// No cache may keep a token (RFC 6749, section 5.1).
pub(crate) async fn token(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<IssueToken>,
) -> Result<Response, Problem> {
    let token = edge.caller.call(&call, request).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(token)).into_response())
}

pub(crate) async fn me(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
) -> Reply<Customer> {
    let request = GetCustomer { customer_id };
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// Customers may read their own account; any other is reported as unknown.
pub(crate) async fn customer(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(customer_id): PathParams<CustomerId>,
) -> Reply<Customer> {
    let customer = call.principal().and_then(Principal::customer);
    if customer.is_some_and(|customer| *customer != customer_id) {
        return Err(Problem::domain(&IdentityError::UnknownCustomer));
    }
    let request = GetCustomer { customer_id };
    Ok(Json(edge.caller.call(&call, request).await?))
}

pub(crate) async fn inbox(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
) -> Reply<Vec<Notice>> {
    let request = ListInbox { customer_id };
    Ok(Json(edge.caller.call(&call, request).await?))
}

pub(crate) async fn jwks(State(edge): State<Arc<Edge>>, call: Call) -> Reply<JwkSet> {
    Ok(Json(edge.caller.call(&call, Jwks {}).await?))
}
