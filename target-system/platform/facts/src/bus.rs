//! Carries a fact from an outbox to a listener: straight to it, or through a broker.
//!
//! Either way a fact is delivered at least once and in the order of its aggregate, and the outbox
//! keeps it until the listener has heard it, or a broker has it on disk. Contexts never see the
//! difference.

use crate::broker::{BusError, RabbitMq};
use crate::outgoing::{DELIVERY_TIME, Outgoing};
use shop_calls::{Call, DELIVER, Message, Network};
use shop_contracts::{Context, Effect};
use shop_telemetry::{Telemetry, parse_traceparent};
use std::sync::Arc;

/// Who carries facts.
#[derive(Clone)]
pub enum Bus {
    /// The publisher calls the listener itself.
    Direct(Arc<Network>),
    /// A broker takes the fact, and the listener fetches it there.
    RabbitMq(RabbitMq),
}

impl Bus {
    /// How many aggregates' facts are worth delivering at once.
    pub(super) fn concurrency(&self) -> usize {
        match self {
            // The listener writes them one after the other anyway.
            Self::Direct(_) => 8,
            // A confirmation takes as long as a disk, but many arrive together.
            Self::RabbitMq(_) => 64,
        }
    }

    /// Hands a fact over; once this returns, the outbox need not keep it.
    pub(super) async fn hand_over(
        &self,
        telemetry: &Telemetry,
        listener: Context,
        fact: &Outgoing,
    ) -> Result<(), BusError> {
        match self {
            Self::Direct(network) => {
                let trace = parse_traceparent(&fact.traceparent);
                let call = Call::within(DELIVERY_TIME).traced(trace);
                let message = Message {
                    callee: listener,
                    method: DELIVER,
                    effect: Effect::Idempotent,
                    body: &fact.delivery,
                };
                network.exchange(telemetry, &call, &message).await?;
                Ok(())
            }
            Self::RabbitMq(broker) => broker.publisher.publish(telemetry, listener, fact).await,
        }
    }
}
