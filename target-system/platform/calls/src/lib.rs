//! The one way from a context to another: a typed request in, a typed answer out, and between them
//! the layers that make it survive failures.
//!
//! - `call` is the envelope of a call: deadline, trace, principal, idempotency key; `attempt` is
//!   one run of a handler; `extract` reads the envelope from an HTTP request, `headers` names its
//!   headers.
//! - `failure` says how calls fail; `problem` is a refusal on the wire.
//! - `message` is what a transport carries, and what a transport is; `delivery` is a fact as a
//!   message. `transport/` holds the transports: in process, serialised (for tests), HTTP.
//! - `handler` is what a context writes; `endpoint` erases its types; `table` finds the endpoint of
//!   a message in this process.
//! - `caller` is what a context holds; `network` guards each callee with the layers of `retry`,
//!   `breaker` and a bulkhead, as `resilience` sets them; `duration` reads such settings.
//!
//! This ring must not know SQL, outboxes or servers: the handlers it calls keep what they like.

mod attempt;
mod breaker;
mod call;
mod caller;
mod delivery;
pub mod duration;
mod endpoint;
mod extract;
mod failure;
mod handler;
mod headers;
mod message;
mod network;
mod problem;
mod resilience;
mod retry;
mod table;
mod transport;

pub use attempt::Attempt;
pub use call::{Call, Principal, Subject};
pub use caller::Caller;
pub use delivery::{DELIVER, Delivery};
pub use endpoint::{Answering, Endpoint, endpoint, to_completion};
pub use extract::call_of;
pub use failure::{CallError, Failure, RemoteError, RemoteKind};
pub use handler::Handle;
pub use headers::{IDEMPOTENCY_HEADER, PRINCIPAL_HEADER};
pub use message::{Answer, Body, Message, Peer, Transport};
pub use network::Network;
pub use problem::Problem;
pub use resilience::Resilience;
pub use table::{HandlerTable, Handlers};
pub use transport::{Http, InProcess, Serialised, client};
