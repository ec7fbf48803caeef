//! The routes under which other processes of the shop call the contexts of this one.

use super::PRINCIPAL_HEADER;
use crate::mounted::Mounted;
use crate::outbox::DELIVER;
use crate::transport::{Answer, Registry};
use crate::{Call, Problem};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use shop_contracts::Context;
use std::sync::Arc;

/// More than the edge takes from the world (axum's 2 MiB): a request that was let in there grows on
/// its way, by a default or by who asks, and a call within a process has no limit at all.
const LARGEST_BYTES: usize = 8 << 20;

/// One route for each call that a context answers, and one for deliveries if it hears anything.
/// Each has its own path, so that metrics and spans name the call.
pub fn rpc_routes(mounted: &Mounted, registry: &Arc<Registry>) -> Router {
    let deliveries = (!mounted.ears.is_empty()).then_some(DELIVER);
    let methods = mounted.endpoints.keys().copied().chain(deliveries);
    let routes = methods.fold(Router::new(), |routes, method| {
        let registry = Arc::clone(registry);
        let context = mounted.context;
        let answer = move |call: Call, headers: HeaderMap, body: Bytes| async move {
            respond(&registry, believe(call, &headers), context, method, body).await
        };
        routes.route(&format!("/rpc/{context}/{method}"), post(answer))
    });
    routes.layer(DefaultBodyLimit::max(LARGEST_BYTES))
}

/// Processes of the shop believe each other about whose behalf they act on; only the gateway, which
/// has no such routes, asks for proof.
fn believe(call: Call, headers: &HeaderMap) -> Call {
    let principal = headers
        .get(PRINCIPAL_HEADER)
        .and_then(|value| value.to_str().ok());
    match principal.and_then(|json| serde_json::from_str(json).ok()) {
        Some(principal) => call.on_behalf_of(principal),
        None => call,
    }
}

async fn respond(
    registry: &Registry,
    call: Call,
    context: Context,
    method: &str,
    body: Bytes,
) -> Response {
    match registry.json(call, context, method, body).await {
        Ok(Answer::Reply(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Answer::Refusal(problem)) => problem.into_response(),
        Ok(Answer::Value(_)) => Bytes::from_static(b"null").into_response(),
        Err(fault) => Problem::fault(&fault).into_response(),
    }
}
