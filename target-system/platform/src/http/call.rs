//! The envelope of a call as HTTP headers, and as an axum extractor.
//!
//! A handler of an HTTP route takes `call: Call` as an argument; the [`entry`] layer has put it
//! there, with the server span as its trace and the request's headers as its envelope.

use crate::{Call, Telemetry};
use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use opentelemetry::trace::SpanKind;
use std::time::Duration;

/// How many milliseconds are left for the answer.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";
/// W3C Trace Context.
pub const TRACE_HEADER: &str = "traceparent";
/// The key under which the caller may ask again.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// On whose behalf a call between contexts is made, as JSON. The gateway proves it; processes of
/// the shop believe each other.
pub const PRINCIPAL_HEADER: &str = "x-shop-principal";

/// The layer that gives every request its span and its [`Call`]. `limit` is the time of a request
/// that does not say how long it may take.
pub async fn entry(
    telemetry: Telemetry,
    limit: Duration,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let call = from_headers(request.headers(), limit);
    let mut span = telemetry.span(SpanKind::Server, format!("{method} {route}"), &call);
    span.set("http.request.method", method.as_str().to_owned());
    span.set("http.route", route);
    request
        .extensions_mut()
        .insert(call.traced(span.context().clone()));
    let response = next.run(request).await;
    let status = response.status();
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail("5xx");
    }
    response
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
