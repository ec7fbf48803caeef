//! The routes under which other processes of the shop call the contexts of this one.

use crate::Mounted;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use shop_calls::{Answer, Call, HandlerTable, PRINCIPAL_HEADER, Problem};
use shop_contracts::Context;
use std::sync::Arc;

/// More than the gateway accepts (axum's 2 MiB): a request that it let in may grow by defaults and
/// by its principal, and a call within a process has no limit at all.
const LARGEST_BYTES: usize = 8 << 20;

/// One route for each method of a context, so that metrics and spans name the call.
pub fn rpc_routes(mounted: &Mounted, handlers: &Arc<HandlerTable>) -> Router {
    let context = mounted.context;
    let methods = mounted.handlers.keys().copied();
    let routes = methods.fold(Router::new(), |routes, method| {
        let handlers = Arc::clone(handlers);
        let answer = move |call: Call, headers: HeaderMap, body: Bytes| async move {
            respond(&handlers, on_behalf(call, &headers), context, method, body).await
        };
        routes.route(&format!("/rpc/{context}/{method}"), post(answer))
    });
    routes.layer(DefaultBodyLimit::max(LARGEST_BYTES))
}

/// The call on behalf of the principal in the headers. Processes of the shop trust each other; only
/// the gateway, which has no such routes, verifies the principal.
fn on_behalf(call: Call, headers: &HeaderMap) -> Call {
    let principal = headers
        .get(PRINCIPAL_HEADER)
        .and_then(|value| value.to_str().ok());
    match principal.and_then(|json| serde_json::from_str(json).ok()) {
        Some(principal) => call.on_behalf_of(principal),
        None => call,
    }
}

async fn respond(
    handlers: &HandlerTable,
    call: Call,
    context: Context,
    method: &str,
    body: Bytes,
) -> Response {
    match handlers.json(call, context, method, body).await {
        Ok(Answer::Reply(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Answer::Refusal(problem)) => problem.into_response(),
        Ok(Answer::Value(_)) => Bytes::from_static(b"null").into_response(),
        Err(fault) => Problem::fault(&fault).into_response(),
    }
}
