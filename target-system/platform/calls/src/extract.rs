//! The envelope of a call from the headers of an HTTP request, and as an axum extractor.
//!
//! A handler of an HTTP route takes `call: Call` as an argument. A layer in front of it must have
//! put the call into the request's extensions.

use crate::Call;
use crate::headers::{DEADLINE_HEADER, IDEMPOTENCY_HEADER, TRACE_HEADER};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use shop_telemetry::parse_traceparent;
use std::time::Duration;

/// The call that these headers describe. `limit` is the longest it may take.
#[must_use]
pub fn call_of(headers: &HeaderMap, limit: Duration) -> Call {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let left = text(DEADLINE_HEADER)
        .and_then(|ms| ms.parse().ok())
        .map(Duration::from_millis);
    let mut call = Call::within(left.map_or(limit, |left| left.min(limit)));
    if let Some(trace) = text(TRACE_HEADER) {
        call = call.traced(parse_traceparent(trace));
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
