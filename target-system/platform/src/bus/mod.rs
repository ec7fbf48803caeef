//! The way of a fact from an outbox to a listener: straight to it, or through a broker.
//!
//! Either way a fact is told at least once and in the order of its aggregate, and the relay keeps
//! it until somebody else answers for it: the listener itself, or a broker that has it on disk.
//! Contexts never see the difference.

mod consumer;
mod fate;
mod lanes;
mod link;
mod message;
mod publisher;

pub use consumer::Consumer;

use crate::caller::Network;
use crate::outbox::{DELIVER, Outgoing};
use crate::telemetry::{ActiveSpan, parse_traceparent};
use crate::transport::Message;
use crate::{Call, RemoteError, Telemetry};
use lapin::uri::AMQPUri;
use link::Link;
use publisher::Publisher;
use shop_contracts::{Context, Effect};
use std::sync::Arc;
use std::time::Duration;

/// How long a listener may take over one fact.
const DELIVERY_TIME: Duration = Duration::from_secs(5);
/// How often each side of a connection shows that it is alive, unless the address says otherwise.
const HEARTBEAT_S: u16 = 5;

/// Who carries facts.
#[derive(Clone)]
pub enum Bus {
    /// The publisher calls the listener itself.
    Direct(Arc<Network>),
    /// A broker takes the fact, and the listener fetches it there.
    RabbitMq(RabbitMq),
}

impl Bus {
    /// How many aggregates' facts are worth having under way at once.
    pub(crate) fn at_once(&self) -> usize {
        match self {
            // The listener writes them one after the other anyway.
            Self::Direct(_) => 8,
            // A confirmation takes a disk's time, but many come together.
            Self::RabbitMq(_) => 64,
        }
    }

    /// Hands a fact over; once this returns, the outbox need not keep it.
    pub(crate) async fn hand_over(
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

/// A RabbitMQ broker, as one process uses it: a connection to publish on and one to consume from,
/// because a broker that slows publishers down slows down whole connections.
#[derive(Clone)]
pub struct RabbitMq {
    names: Names,
    publisher: Arc<Publisher>,
    incoming: Arc<Link>,
}

impl RabbitMq {
    /// The broker at `amqp://user:password@host:port/vhost`, where exchange and queues begin with
    /// the prefix. Nothing is connected yet: that happens when needed, and again when it breaks.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn at(url: &str, prefix: &str) -> Result<Self, BusError> {
        let mut uri: AMQPUri = url.parse().map_err(BusError::Address)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        let names = Names(prefix.into());
        let outgoing = Link::to(uri.clone(), format!("{prefix} publishes"));
        let incoming = Link::to(uri, format!("{prefix} consumes"));
        Ok(Self {
            names: names.clone(),
            publisher: Arc::new(Publisher::new(names, outgoing)),
            incoming: Arc::new(incoming),
        })
    }
}

/// What things are called at the broker.
#[derive(Clone)]
struct Names(Arc<str>);

impl Names {
    /// Where facts are published; the routing key is the listener.
    fn exchange(&self) -> String {
        format!("{}.facts", self.0)
    }

    /// Where a listener's facts wait.
    fn queue(&self, listener: Context) -> String {
        format!("{}.{listener}", self.0)
    }

    /// Where facts end that a listener could not take in.
    fn dead(&self, listener: Context) -> String {
        format!("{}.{listener}.dead", self.0)
    }
}

/// Says of a span which message it is about, in the words of the messaging conventions.
fn describe(
    span: &mut ActiveSpan,
    operation: &'static str,
    destination: &str,
    listener: Context,
    fact: &Outgoing,
) {
    span.set("messaging.system", "rabbitmq");
    span.set("messaging.operation.type", operation);
    span.set("messaging.operation.name", operation);
    span.set("messaging.destination.name", destination.to_owned());
    let key = "messaging.rabbitmq.destination.routing_key";
    span.set(key, listener.name());
    span.set("messaging.message.id", fact.delivery.id.clone());
    let bytes = i64::try_from(fact.delivery.body.len()).unwrap_or(i64::MAX);
    span.set("messaging.message.body.size", bytes);
    span.set("shop.fact", fact.delivery.fact.clone());
}

/// Why a fact was not handed over, or none could be fetched.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("{0}")]
    Listener(#[from] RemoteError),
    #[error("talk to the broker: {0}")]
    Broker(#[from] lapin::Error),
    #[error("hear from the broker in time")]
    Deadline,
    #[error("reach the broker: it was gone a moment ago")]
    Gone,
    #[error("publish: the broker did not keep the message")]
    NotKept,
    #[error("understand the address of the broker: {0}")]
    Address(String),
}
