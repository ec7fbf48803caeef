//! A context's own keys on a Redis server: values that change in one step and expire by themselves.
//!
//! Every change is one script, which Redis runs atomically: an idempotency key, or the id of a fact
//! that was heard, is therefore kept together with the change that it guards, or not at all.

use crate::StoreError;
use crate::idempotency_key::Key;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo as _};
use serde::{Deserialize, Serialize};
use shop_calls::{Call, Failure};
use shop_contracts::{Context, Rpc};
use shop_telemetry::{DatabaseSystem, Telemetry};
use std::time::Duration;
use tokio::time::timeout;

/// How long an answer can be replayed and a fact may be delivered again, as in the SQL stores.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the server may take to take a connection, or to answer.
const TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_millis(500);
/// A peer that has not acknowledged what was sent for so long counts as gone.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);

/// Keeps a value and, if there is a key for one, an answer; returns an earlier answer instead.
const CREATE: &str = "
if KEYS[2] then
  local earlier = redis.call('GET', KEYS[2])
  if earlier then return earlier end
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false";
/// Replaces a value if it is still the expected one and, if there is a key for the id of a fact,
/// keeps that; does nothing if it is there already.
const SWAP: &str = "
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then return 'noted' end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if KEYS[2] then redis.call('SET', KEYS[2], '', 'PX', ARGV[4]) end
return 'swapped'";

/// The keys of one context.
#[derive(Clone)]
pub struct Keys {
    prefix: String,
    connection: ConnectionManager,
    /// Host and port; none for a socket.
    server: Option<(String, u16)>,
    telemetry: Telemetry,
}

/// A value under a kind and an id, and how long it lasts when nobody changes it.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    pub kind: &'static str,
    pub id: &'a str,
    pub lasts: Duration,
}

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    Done,
    /// The value has changed meanwhile: read it again.
    Lost,
    /// The fact was heard before.
    Heard,
}

/// An answer under its idempotency key.
#[derive(Serialize, Deserialize)]
struct Record {
    request: String,
    answer: String,
}

impl Keys {
    /// The keys of a context on the server at `redis://host:port/database`, which all begin with
    /// the prefix. It connects on first use, and again when the connection breaks.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn at(
        url: &str,
        prefix: &str,
        context: Context,
        telemetry: Telemetry,
    ) -> Result<Self, StoreError> {
        // Without it TCP retransmits ever more rarely to a lost server, and nothing reconnects.
        let tcp = TcpSettings::default().set_user_timeout(LONGEST_SILENCE);
        let info = url.into_connection_info().map_err(StoreError::Keys)?;
        let server = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Some((host.clone(), *port)),
            _ => None,
        };
        let client = Client::open(info.set_tcp_settings(tcp)).map_err(StoreError::Keys)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_max_delay(LONGEST_REST)
            .set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config);
        Ok(Self {
            prefix: format!("{prefix}:{context}"),
            connection: connection.map_err(StoreError::Keys)?,
            server,
            telemetry,
        })
    }

    /// The value of an entry.
    ///
    /// # Errors
    /// When the server does not answer in time, or refuses.
    pub async fn get(&self, call: &Call, entry: &Entry<'_>) -> Result<Option<String>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.key(entry.kind, entry.id));
        self.run(call, "GET", entry.kind, command).await
    }

    /// Keeps a new entry and the reply under the call's idempotency key, if it has one; or returns
    /// the earlier reply. Both happen in one step.
    ///
    /// # Errors
    /// `idempotency_key_reused` for another request under the same key; as [`Keys::get`].
    pub async fn create_once<R: Rpc>(
        &self,
        call: &Call,
        request: &R,
        entry: &Entry<'_>,
        value: &str,
        reply: R::Reply,
    ) -> Result<R::Reply, Failure<R::Error>> {
        let key = Key::of(call, request)?;
        let mut command = redis::cmd("EVAL");
        command.arg(CREATE).arg(1 + usize::from(key.is_some()));
        command.arg(self.key(entry.kind, entry.id));
        if let Some(key) = &key {
            command.arg(self.key("answer", key.id()));
        }
        command.arg(value).arg(milliseconds(entry.lasts));
        if let Some(key) = &key {
            let record = Record {
                request: key.request_hash().to_owned(),
                answer: serde_json::to_string(&reply).map_err(StoreError::from)?,
            };
            let record = serde_json::to_string(&record).map_err(StoreError::from)?;
            command.arg(record).arg(milliseconds(KEPT));
        }
        let earlier: Option<String> = self.run(call, "CREATE", entry.kind, command).await?;
        let (Some(earlier), Some(key)) = (earlier, key) else {
            return Ok(reply);
        };
        let record: Record = serde_json::from_str(&earlier).map_err(StoreError::from)?;
        key.fits::<R>(&record.request)?;
        Ok(serde_json::from_str(&record.answer).map_err(StoreError::from)?)
    }

    /// Replaces the value of an entry if it still is `before`. With the id of a fact, the same step
    /// records that it was heard, and changes nothing if it was heard earlier.
    ///
    /// # Errors
    /// As [`Keys::get`].
    pub async fn swap(
        &self,
        call: &Call,
        entry: &Entry<'_>,
        before: &str,
        after: &str,
        heard: Option<&str>,
    ) -> Result<Swapped, StoreError> {
        let mut command = redis::cmd("EVAL");
        command.arg(SWAP).arg(1 + usize::from(heard.is_some()));
        command.arg(self.key(entry.kind, entry.id));
        if let Some(fact) = heard {
            command.arg(self.key("heard", fact));
        }
        command.arg(before).arg(after);
        command
            .arg(milliseconds(entry.lasts))
            .arg(milliseconds(KEPT));
        let became: String = self.run(call, "SWAP", entry.kind, command).await?;
        Ok(match became.as_str() {
            "swapped" => Swapped::Done,
            "noted" => Swapped::Heard,
            _ => Swapped::Lost,
        })
    }

    fn key(&self, kind: &str, id: &str) -> String {
        format!("{}:{kind}:{id}", self.prefix)
    }

    async fn run<T: FromRedisValue>(
        &self,
        call: &Call,
        operation: &'static str,
        kind: &'static str,
        command: Cmd,
    ) -> Result<T, StoreError> {
        let server = self.server.as_ref();
        let database = DatabaseSystem {
            system: "redis",
            server: server.map(|(host, port)| (host.as_str(), *port)),
        };
        let telemetry = &self.telemetry;
        let observed = telemetry.operation(call.trace(), &database, operation, kind);
        let mut connection = self.connection.clone();
        let asking = command.query_async(&mut connection);
        let answered = match timeout(call.remaining(), asking).await {
            Ok(answer) => answer.map_err(StoreError::Keys),
            Err(_) => Err(StoreError::Deadline),
        };
        observed.finish(answered.is_ok());
        answered
    }
}

/// Redis takes no time below a millisecond.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
