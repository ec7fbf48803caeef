//! The HTTP side of a process: headers in and out, and what every request gets.

mod call;

pub use call::{DEADLINE_HEADER, IDEMPOTENCY_HEADER, PRINCIPAL_HEADER, TRACE_HEADER, entry};
