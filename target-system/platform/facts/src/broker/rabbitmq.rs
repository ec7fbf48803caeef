//! A RabbitMQ broker as one process uses it.

use crate::broker::connection::BrokerConnection;
use crate::broker::error::BusError;
use crate::broker::names::Names;
use crate::broker::publisher::Publisher;
use lapin::uri::AMQPUri;
use std::sync::Arc;

/// How often each side of a connection shows that it is alive, unless the address says otherwise.
const HEARTBEAT_S: u16 = 5;

/// A connection to publish on and one to consume from, because a broker that slows publishers down
/// slows down whole connections.
#[derive(Clone)]
pub struct RabbitMq {
    pub(super) names: Names,
    pub(crate) publisher: Arc<Publisher>,
    pub(super) incoming: Arc<BrokerConnection>,
}

impl RabbitMq {
    /// The broker at `amqp://user:password@host:port/vhost`, where exchange and queues begin with
    /// the prefix. It connects on first use, and again when a connection breaks.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn at(url: &str, prefix: &str) -> Result<Self, BusError> {
        let mut uri: AMQPUri = url.parse().map_err(BusError::Address)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        let names = Names::with(prefix);
        let outgoing = BrokerConnection::to(uri.clone(), format!("{prefix} publishes"));
        let incoming = BrokerConnection::to(uri, format!("{prefix} consumes"));
        Ok(Self {
            names: names.clone(),
            publisher: Arc::new(Publisher::new(names, outgoing)),
            incoming: Arc::new(incoming),
        })
    }
}
