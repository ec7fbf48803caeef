//! Carries facts from the context where they happened to their listeners.
//!
//! - `outbox` publishes a fact in the transaction that made it true; `outgoing` is a fact that
//!   waits there. `relay` takes facts from the outbox until the bus has them.
//! - `bus` carries a fact to a listener, straight or through `broker/` (RabbitMQ).
//! - `listener` is what a context writes for each fact that it hears; `fact_listener` erases its
//!   types; `deliveries` finds the listener of a delivery.
//!
//! Delivery is at least once and in order for each aggregate. The listener records the id of each
//! fact it has heard, so the effect happens exactly once.
//!
//! This ring must not know HTTP or servers, nor the SQL of any context.

mod broker;
mod bus;
mod deliveries;
mod fact_listener;
mod listener;
mod outbox;
mod outgoing;
mod relay;

pub use broker::{BusError, Consumer, RabbitMq};
pub use bus::Bus;
pub use deliveries::{Deliveries, Listeners};
pub use fact_listener::{FactListener, heard_by_itself, heard_in_transaction};
pub use listener::{HearOnce, Listen, ListenError};
pub use outbox::Publish;
pub use relay::Relay;
