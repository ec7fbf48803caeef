//! The routes as a router: guarded, and with the status that each promises.

use crate::edge::Edge;
use crate::guard::{guard, no_such_method};
use crate::route::Route;
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use http::StatusCode;
use std::sync::Arc;

/// These routes as a router. The process that it is merged into answers unknown paths.
pub(crate) fn router(edge: &Arc<Edge>, routes: Vec<Route>) -> Router {
    routes
        .into_iter()
        .fold(Router::new(), |router, route| {
            let guard = from_fn_with_state((Arc::clone(edge), route.access), guard);
            let mut handler = route.handler;
            if route.creates {
                handler = handler.route_layer(map_response(created));
            }
            router.route(route.path, handler.route_layer(guard))
        })
        .method_not_allowed_fallback(no_such_method)
        .with_state(Arc::clone(edge))
}

async fn created(mut response: Response) -> Response {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}
