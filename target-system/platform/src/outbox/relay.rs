//! Carries facts from a context's outbox to those who listen, until they have heard.
//!
//! Each listener has a loop of its own, so that one who is down does not keep the others waiting.
//! The loop wakes when a transaction has published, and looks anyway now and then, because a wake
//! may be lost with the process. A fact that is not taken in holds back later facts of the same
//! aggregate, and no others.

use super::{DELIVER, Delivery};
use crate::caller::Network;
use crate::store::{Row, Store, StoreError, sql};
use crate::telemetry::parse_traceparent;
use crate::transport::Message;
use crate::{Call, RemoteError};
use futures::StreamExt as _;
use shop_contracts::{Context, Effect};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const BATCH: i64 = 64;
const AT_ONCE: usize = 8;
/// How often to look without having been woken.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long to leave a listener alone who did not take everything in.
const AFTER_FAILURE: Duration = Duration::from_millis(250);
const DELIVERY_TIME: Duration = Duration::from_secs(5);

/// The relay from one context to one listener.
pub struct Relay {
    store: Store,
    listener: Context,
    network: Arc<Network>,
}

struct Waiting {
    aggregate: String,
    traceparent: String,
    delivery: Delivery,
}

/// What a round of deliveries came to.
#[derive(Debug, PartialEq, Eq)]
enum Round {
    /// Nothing is left, as far as we know.
    Done,
    /// The batch was full: there may be more.
    More,
    /// Something was not taken in.
    Held,
}

impl Relay {
    #[must_use]
    pub fn new(store: Store, listener: Context, network: Arc<Network>) -> Self {
        Self {
            store,
            listener,
            network,
        }
    }

    /// Relays until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut published = self.store.published().subscribe();
        loop {
            published.mark_unchanged();
            let round = tokio::select! {
                () = shutdown.cancelled() => return,
                round = self.round() => round,
            };
            let pause = match round {
                Ok(Round::More) => continue,
                Ok(Round::Done) => LOOK_AGAIN,
                Ok(Round::Held) => AFTER_FAILURE,
                Err(error) => {
                    tracing::warn!(listener = %self.listener, %error, "the relay failed");
                    LOOK_AGAIN
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = wake(&mut published, pause) => {}
            }
        }
    }

    /// Delivers what waits, once.
    async fn round(&self) -> Result<Round, StoreError> {
        let call = Call::unobserved(DELIVERY_TIME);
        let waiting = self.waiting(&call).await?;
        let found = waiting.len();
        let mut by_aggregate: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
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
            .buffer_unordered(AT_ONCE)
            .concat()
            .await;
        self.forget(&heard).await?;
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

    /// Delivers facts of one aggregate up to the first that is not taken in; which were heard.
    async fn deliver_in_order(&self, facts: Vec<Waiting>) -> Vec<String> {
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

    async fn deliver(&self, fact: &Waiting) -> Result<(), RemoteError> {
        let call = Call::within(DELIVERY_TIME).traced(parse_traceparent(&fact.traceparent));
        let message = Message {
            callee: self.listener,
            method: DELIVER,
            effect: Effect::Idempotent,
            body: &fact.delivery,
        };
        self.network
            .exchange(self.store.telemetry(), &call, &message)
            .await
            .map(drop)
    }

    async fn waiting(&self, call: &Call) -> Result<Vec<Waiting>, StoreError> {
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

    async fn forget(&self, heard: &[String]) -> Result<(), StoreError> {
        if heard.is_empty() {
            return Ok(());
        }
        let delete = format!(
            "DELETE FROM {}_outbox WHERE listener = $1 AND id IN ($*)",
            self.store.context()
        );
        let mut transaction = self.store.write(&Call::unobserved(DELIVERY_TIME)).await?;
        transaction
            .run(sql(delete).bind(self.listener.name()).bind_list(heard))
            .await?;
        transaction.commit().await
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
    // Both the signal and the end of the wait mean the same: look again.
    let _ = timeout(at_the_latest, published.changed()).await;
}

fn waiting(row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        aggregate: row.get("aggregate")?,
        traceparent: row.get("traceparent")?,
        delivery: Delivery {
            id: row.get("id")?,
            fact: row.get("fact")?,
            body: row.get("body")?,
        },
    })
}
