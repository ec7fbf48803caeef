//! The envelope of a call as HTTP headers, and as an axum extractor.
//!
//! A handler of an HTTP route takes `call: Call` as an argument; the [`entry`] layer has put it
//! there, with the server span as its trace and the request's headers as its envelope.

use crate::{Call, Telemetry};
use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::trace::SpanKind;
use shop_contracts::Context;
use std::time::Duration;
use tokio::time::Instant;

/// How many milliseconds are left for the answer.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";
/// W3C Trace Context.
pub const TRACE_HEADER: &str = "traceparent";
/// The key under which the caller may ask again.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// On whose behalf a call between contexts is made, as JSON. The gateway proves it; processes of
/// the shop believe each other.
pub const PRINCIPAL_HEADER: &str = "x-shop-principal";

/// The layer that gives every request its span, its measurement and its [`Call`]. `limit` is the
/// time of a request that does not say how long it may take.
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
    let call = from_headers(request.headers(), limit);
    let at = callee(&route).map_or_else(|| telemetry.clone(), |context| telemetry.of(context));
    let mut span = at.span(SpanKind::Server, format!("{method} {route}"), &call);
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
        telemetry
            .throttle()
            .request_failed(&route, status.as_u16(), span.context());
    }
    telemetry
        .metrics()
        .served(method, &route, status.as_str(), arrived.elapsed());
    response
}

/// The methods that the shop knows; others share one name, so that they cannot flood the metrics.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "_OTHER",
    }
}

/// The context that a route between processes leads to; everything else is the gateway's.
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

fn from_headers(headers: &HeaderMap, limit: Duration) -> Call {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let left = text(DEADLINE_HEADER)
        .and_then(|ms| ms.parse().ok())
        .map(Duration::from_millis);
    let mut call = Call::within(left.map_or(limit, |left| left.min(limit)));
    if let Some(trace) = text(TRACE_HEADER) {
        call = call.traced(crate::telemetry::parse_traceparent(trace));
    }
    if let Some(key) = text(IDEMPOTENCY_HEADER) {
        call = call.keyed(key);
    }
    call
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
