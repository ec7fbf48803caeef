//! Carries facts from a context's outbox to the bus, until it or the listener has them.
//!
//! Each listener has a loop of its own, so that one that is down does not delay the others. The
//! loop wakes when a transaction has published, and polls besides, because a wake-up may be lost
//! with the process. A fact that is not taken in holds back later facts of the same aggregate, and
//! no others.

use crate::broker::BusError;
use crate::bus::Bus;
use crate::outgoing::{DELIVERY_TIME, Outgoing};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use shop_calls::{Call, Delivery};
use shop_contracts::Context;
use shop_stores::{Row, Store, StoreError, sql};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const BATCH: i64 = 64;
/// How often the outbox is polled without a wake-up.
const POLL: Duration = Duration::from_secs(1);
/// The pause before another round when a listener did not take everything in.
const AFTER_FAILURE: Duration = Duration::from_millis(250);

/// The relay from one context to one listener.
pub struct Relay {
    store: Store,
    listener: Context,
    bus: Bus,
}

/// The outcome of a round of deliveries.
#[derive(Debug, PartialEq, Eq)]
enum Round {
    /// The outbox was empty at the end.
    Done,
    /// The batch was full: there may be more.
    More,
    /// Something was not taken in.
    Held,
}

impl Relay {
    #[must_use]
    pub fn new(store: Store, listener: Context, bus: Bus) -> Self {
        Self {
            store,
            listener,
            bus,
        }
    }

    /// Relays until the shutdown.
    #[must_use]
    pub fn run(self, shutdown: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(self.relay(shutdown))
    }

    async fn relay(self, shutdown: CancellationToken) {
        let mut published = self.store.publications();
        loop {
            published.mark_unchanged();
            let round = tokio::select! {
                () = shutdown.cancelled() => return,
                round = self.round() => round,
            };
            let pause = match round {
                Ok(Round::More) => continue,
                Ok(Round::Done) => POLL,
                Ok(Round::Held) => AFTER_FAILURE,
                Err(error) => {
                    tracing::warn!(listener = %self.listener, %error, "the relay failed");
                    POLL
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = wake(&mut published, pause) => {}
            }
        }
    }

    /// Delivers the waiting facts once.
    async fn round(&self) -> Result<Round, StoreError> {
        let call = Call::unobserved(DELIVERY_TIME);
        let waiting = self.waiting(&call).await?;
        let found = waiting.len();
        let mut by_aggregate: BTreeMap<String, Vec<Outgoing>> = BTreeMap::new();
        for fact in waiting {
            by_aggregate
                .entry(fact.aggregate.clone())
                .or_default()
                .push(fact);
        }
        let deliveries = by_aggregate
            .into_values()
            .map(|facts| self.deliver_in_order(facts));
        let heard: Vec<String> = futures::stream::iter(deliveries)
            .buffer_unordered(self.bus.concurrency())
            .concat()
            .await;
        self.delete(&heard).await?;
        let publisher = self.store.context();
        let metrics = self.store.telemetry().metrics();
        metrics.delivered(publisher, heard.len());
        metrics.outbox_holds(publisher, self.depth(&call).await?);
        Ok(match (heard.len() == found, found == BATCH as usize) {
            (false, _) => Round::Held,
            (true, true) => Round::More,
            (true, false) => Round::Done,
        })
    }

    /// Delivers facts of one aggregate up to the first that is not taken in; returns the ids of
    /// those heard.
    async fn deliver_in_order(&self, facts: Vec<Outgoing>) -> Vec<String> {
        let mut heard = Vec::with_capacity(facts.len());
        for fact in facts {
            if let Err(error) = self.deliver(&fact).await {
                tracing::debug!(listener = %self.listener, %error, "a fact waits");
                break;
            }
            heard.push(fact.delivery.id);
        }
        heard
    }

    async fn deliver(&self, fact: &Outgoing) -> Result<(), BusError> {
        let telemetry = self.store.telemetry();
        self.bus.hand_over(telemetry, self.listener, fact).await
    }

    async fn waiting(&self, call: &Call) -> Result<Vec<Outgoing>, StoreError> {
        let select = format!(
            "SELECT id, fact, aggregate, body, traceparent FROM {}_outbox \
             WHERE listener = $1 ORDER BY id LIMIT $2",
            self.store.context()
        );
        self.store
            .all(
                call,
                sql(select).bind(self.listener.name()).bind(BATCH),
                waiting,
            )
            .await
    }

    async fn delete(&self, heard: &[String]) -> Result<(), StoreError> {
        if heard.is_empty() {
            return Ok(());
        }
        let delete = format!(
            "DELETE FROM {}_outbox WHERE listener = $1 AND id IN ($*)",
            self.store.context()
        );
        let delete = sql(delete).bind(self.listener.name()).bind_list(heard);
        let call = Call::unobserved(DELIVERY_TIME);
        self.store.run(&call, delete).await.map(|_| ())
    }

    async fn depth(&self, call: &Call) -> Result<i64, StoreError> {
        let count = format!(
            "SELECT COUNT(*) AS facts FROM {}_outbox",
            self.store.context()
        );
        Ok(self
            .store
            .first(call, sql(count), |row| row.get("facts"))
            .await?
            .unwrap_or(0))
    }
}

async fn wake(published: &mut watch::Receiver<()>, at_the_latest: Duration) {
    // The signal and the end of the wait mean the same: look again.
    let _ = timeout(at_the_latest, published.changed()).await;
}

fn waiting(row: &Row) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        aggregate: row.get("aggregate")?,
        traceparent: row.get("traceparent")?,
        delivery: Delivery {
            id: row.get("id")?,
            fact: row.get("fact")?,
            body: row.get("body")?,
        },
    })
}
