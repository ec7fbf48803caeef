//! A fact between the outbox and the listener.

use shop_calls::Delivery;
use std::time::Duration;

/// How long a listener may take over one fact.
pub(super) const DELIVERY_TIME: Duration = Duration::from_secs(5);

/// A fact that waits in an outbox, or is on its way from there.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// Facts of one aggregate are heard in the order in which they were published.
    pub aggregate: String,
    /// The span that published it.
    pub traceparent: String,
    pub delivery: Delivery,
}
