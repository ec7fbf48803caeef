//! Accounts: registration, log in, profile and inbox.

use crate::edge::{Edge, Reply};
use crate::guard::Access;
use crate::input::{Body, CurrentCustomer, PathParams};
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use http::header::{CACHE_CONTROL, HeaderName};
use shop_contracts::CustomerId;
use shop_contracts::identity::{
    Customer, GetCustomer, IdentityError, IssueToken, JwkSet, Jwks, Register, Token,
};
use shop_contracts::notification::{ListInbox, Notice};
use shop_platform::{Call, Principal, Problem};
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::post("/v1/customers", "Opens an account", register).creates(),
        Route::get("/v1/customers/me", "The customer of the token", me).access(Access::Customer),
        Route::get("/v1/customers/{customer_id}", "A customer", customer)
            .access(Access::CustomerOr("customers:read")),
        Route::get(
            "/v1/inbox",
            "The customer's latest messages, newest first",
            inbox,
        )
        .access(Access::Customer),
        Route::post(
            "/v1/oauth/token",
            "Exchanges a grant for an access token",
            token,
        ),
        Route::get(
            "/.well-known/jwks.json",
            "The keys that tokens are verified with",
            jwks,
        ),
    ]
}

async fn register(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<Register>,
) -> Reply<Customer> {
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// No cache may keep a token (RFC 6749, section 5.1).
async fn token(
    State(edge): State<Arc<Edge>>,
    call: Call,
    Body(request): Body<IssueToken>,
) -> Result<([(HeaderName, &'static str); 1], Json<Token>), Problem> {
    let token = edge.caller.call(&call, request).await?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(token)))
}

async fn me(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
) -> Reply<Customer> {
    let request = GetCustomer { customer_id };
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// Customers may read their own account; any other is reported as unknown.
async fn customer(
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

async fn inbox(
    State(edge): State<Arc<Edge>>,
    call: Call,
    CurrentCustomer(customer_id): CurrentCustomer,
) -> Reply<Vec<Notice>> {
    let request = ListInbox { customer_id };
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn jwks(State(edge): State<Arc<Edge>>, call: Call) -> Reply<JwkSet> {
    Ok(Json(edge.caller.call(&call, Jwks {}).await?))
}
