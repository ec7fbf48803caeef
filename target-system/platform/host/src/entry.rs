//! The layer in front of all routes of a process.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use opentelemetry::trace::SpanKind;
use shop_calls::call_of;
use shop_contracts::Context;
use shop_telemetry::Telemetry;
use std::time::Duration;
use tokio::time::Instant;

/// Gives every request its span, its measurement and its call. `limit` is the time of a request
/// that does not say how long it may take.
pub async fn entry(
    telemetry: Telemetry,
    limit: Duration,
    mut request: Request,
    next: Next,
) -> Response {
    let arrived = Instant::now();
    let _under_way = telemetry.metrics().serving();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = known_method(request.method());
    let call = call_of(request.headers(), limit);
    let labelled =
        callee(&route).map_or_else(|| telemetry.clone(), |context| telemetry.of(context));
    let mut span = labelled.span(SpanKind::Server, format!("{method} {route}"), call.trace());
    span.set("http.request.method", method);
    span.set("http.route", route.clone());
    request
        .extensions_mut()
        .insert(call.traced(span.context().clone()));
    let response = next.run(request).await;
    let status = response.status();
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(error_type(status));
        telemetry.request_failed(&route, status.as_u16(), span.context());
    }
    telemetry
        .metrics()
        .served(method, &route, status.as_str(), arrived.elapsed());
    response
}

/// The methods that the shop knows; all others share one label of the metrics.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "_OTHER",
    }
}

/// The context that a route between processes leads to; all other routes are the gateway's.
fn callee(route: &str) -> Option<Context> {
    match route.strip_prefix("/rpc/") {
        Some(rest) => rest.split('/').next()?.parse().ok(),
        None => Some(Context::Gateway),
    }
}

fn error_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        500 => "500",
        502 => "502",
        503 => "503",
        504 => "504",
        _ => "5xx",
    }
}
