//! A connection to the broker that is opened again when it breaks. It must not know exchanges and
//! queues.

use crate::broker::error::BusError;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long the broker may take to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(3);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

pub(super) struct BrokerConnection {
    uri: AMQPUri,
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    failures: u32,
    wait_until: Option<Instant>,
}

impl BrokerConnection {
    pub(super) fn to(uri: AMQPUri, name: String) -> Self {
        Self {
            uri,
            name,
            state: Mutex::default(),
        }
    }

    /// Host and port of the broker.
    pub(super) fn address(&self) -> (&str, u16) {
        (&self.uri.authority.host, self.uri.authority.port)
    }

    /// A new channel, over a new connection if need be. After a failure it waits before it connects
    /// again, longer with every failure; whoever asks meanwhile is refused at once.
    pub(super) async fn channel(&self) -> Result<Channel, BusError> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection
            && connection.status().connected()
            && let Ok(Ok(channel)) = timeout(TIMEOUT, connection.create_channel()).await
        {
            return Ok(channel);
        }
        state.connection = None;
        if state.wait_until.is_some_and(|until| Instant::now() < until) {
            return Err(BusError::Gone);
        }
        let opened = timeout(TIMEOUT, self.connect()).await;
        match opened.unwrap_or(Err(BusError::Deadline)) {
            Ok((connection, channel)) => {
                tracing::info!(connection = self.name, "connected to the broker");
                *state = State {
                    connection: Some(connection),
                    ..State::default()
                };
                Ok(channel)
            }
            Err(error) => {
                if state.failures == 0 {
                    tracing::warn!(connection = self.name, %error, "the broker is gone");
                }
                state.wait_until = Some(Instant::now() + wait(state.failures));
                state.failures += 1;
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<(Connection, Channel), BusError> {
        let properties =
            ConnectionProperties::default().with_connection_name(self.name.as_str().into());
        let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
        let channel = connection.create_channel().await?;
        Ok((connection, channel))
    }

    /// Drops a connection on which the broker does not answer.
    pub(super) async fn discard(&self) {
        self.state.lock().await.connection = None;
    }
}

fn wait(failures: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.min(10));
    doubled.min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_limit() {
        let waits = [0, 1, 4, 5, 40].map(|failures| wait(failures).as_millis());
        assert_eq!(waits, [100, 200, 1_600, 2_000, 2_000]);
    }

    #[tokio::test]
    async fn after_a_failure_to_connect_the_next_request_is_refused_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let uri = format!("amqp://127.0.0.1:{port}/%2f").parse().unwrap();
        let connection = BrokerConnection::to(uri, "test".to_owned());
        assert!(matches!(
            connection.channel().await,
            Err(BusError::Broker(_))
        ));
        assert!(matches!(connection.channel().await, Err(BusError::Gone)));
    }
}
