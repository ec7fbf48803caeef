//! A connection to the broker that comes back. Knows nothing of exchanges and queues.

use super::BusError;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long the broker may take to say anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(2);

pub(super) struct Link {
    uri: AMQPUri,
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    failures: u32,
    rest_until: Option<Instant>,
}

impl Link {
    pub(super) fn to(uri: AMQPUri, name: String) -> Self {
        Self {
            uri,
            name,
            state: Mutex::default(),
        }
    }

    /// A new channel, over a new connection if need be. After a failure nobody tries again for a
    /// while that grows with every failure; whoever asks meanwhile is refused at once.
    pub(super) async fn channel(&self) -> Result<Channel, BusError> {
        let mut state = self.state.lock().await;
        if let Some(connection) = &state.connection
            && connection.status().connected()
            && let Ok(Ok(channel)) = timeout(PATIENCE, connection.create_channel()).await
        {
            return Ok(channel);
        }
        state.connection = None;
        if state.rest_until.is_some_and(|until| Instant::now() < until) {
            return Err(BusError::Gone);
        }
        let opened = timeout(PATIENCE, self.connect()).await;
        match opened.unwrap_or(Err(BusError::Deadline)) {
            Ok((connection, channel)) => {
                tracing::info!(connection = self.name, "the broker is there");
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
                state.rest_until = Some(Instant::now() + rest(state.failures));
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

    /// Lets go of a connection on which the broker does not answer.
    pub(super) async fn give_up(&self) {
        self.state.lock().await.connection = None;
    }
}

fn rest(failures: u32) -> Duration {
    let doubled = FIRST_REST.saturating_mul(1 << failures.min(10));
    doubled.min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_doubles_up_to_a_limit() {
        let rests = [0, 1, 4, 5, 40].map(|failures| rest(failures).as_millis());
        assert_eq!(rests, [100, 200, 1_600, 2_000, 2_000]);
    }

    #[tokio::test]
    async fn a_broker_that_is_not_there_is_left_alone_for_a_moment() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let uri = format!("amqp://127.0.0.1:{port}/%2f").parse().unwrap();
        let link = Link::to(uri, "test".to_owned());
        assert!(matches!(link.channel().await, Err(BusError::Broker(_))));
        assert!(matches!(link.channel().await, Err(BusError::Gone)));
    }
}
