//! The HTTP side of a process: headers in and out, what every request gets, and the server.

mod call;
mod rpc;
mod server;

pub use call::{DEADLINE_HEADER, IDEMPOTENCY_HEADER, PRINCIPAL_HEADER, TRACE_HEADER, entry};
pub use rpc::rpc_routes;
pub use server::{Doors, ServeError, Server};
