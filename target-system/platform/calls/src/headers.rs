//! The headers that carry the envelope of a call between processes.

/// How many milliseconds are left for the answer.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";
/// W3C Trace Context.
pub const TRACE_HEADER: &str = "traceparent";
/// The key under which the caller may repeat the request.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// On whose behalf a call between contexts is made, as JSON. The gateway verifies it; processes of
/// the shop trust each other.
pub const PRINCIPAL_HEADER: &str = "x-shop-principal";
