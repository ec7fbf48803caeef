//! Facts on their way: written down in the transaction that made them true, told until heard.
//!
//! Delivery is at least once and in order for each aggregate; the listener's note of what it has
//! heard makes the effect happen exactly once.

mod relay;

pub use relay::Relay;

use crate::FactName;
use crate::store::{StoreError, Transaction, sql};
use crate::transport::Body;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shop_contracts::{Context, Fact};
use std::any::Any;
use std::collections::HashMap;
use uuid::Uuid;

/// The name under which every context takes deliveries.
pub const DELIVER: &str = "Deliver";

/// Who listens to what. The composition derives it from every context's `HEARS`.
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    listeners: HashMap<(Context, String), Vec<Context>>,
    /// Who listens to facts that nobody is listed for.
    otherwise: Vec<Context>,
}

impl Subscriptions {
    /// Subscriptions for tests: one listener hears everything.
    pub(crate) fn everybody() -> Self {
        Self {
            listeners: HashMap::new(),
            otherwise: vec![Context::Gateway],
        }
    }

    /// Adds a listener.
    pub fn add(&mut self, fact: FactName, listener: Context) {
        self.listeners
            .entry((fact.context, fact.name.to_owned()))
            .or_default()
            .push(listener);
    }

    /// Who listens to this fact.
    #[must_use]
    pub fn of(&self, context: Context, fact: &str) -> &[Context] {
        self.listeners
            .get(&(context, fact.to_owned()))
            .unwrap_or(&self.otherwise)
    }

    /// Whether this context listens to anything.
    #[must_use]
    pub fn hears(&self, context: Context) -> bool {
        let mut all = self.listeners.values().flatten();
        all.any(|listener| *listener == context)
    }

    /// Who listens to anything of this context.
    #[must_use]
    pub fn to(&self, context: Context) -> Vec<Context> {
        let of_context = self
            .listeners
            .iter()
            .filter(|((publisher, _), _)| *publisher == context);
        let mut listeners: Vec<_> = of_context
            .flat_map(|(_, listeners)| listeners)
            .copied()
            .collect();
        listeners.sort_unstable();
        listeners.dedup();
        listeners
    }
}

/// A fact on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// Names this happening of the fact, for ever.
    pub id: String,
    pub fact: String,
    /// The fact as JSON.
    pub body: String,
}

/// A fact that waits in an outbox, or is on its way from there.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub aggregate: String,
    pub traceparent: String,
    pub delivery: Delivery,
}

impl Body for Delivery {
    fn owned(&self) -> Box<dyn Any + Send> {
        Box::new(self.clone())
    }

    fn json(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}

/// Writes a fact down once for each listener; whether anybody listens at all.
///
/// Ids are UUIDs of version 7, which grow within a process; as writers of an aggregate take turns,
/// the order of ids is the order of its facts.
pub(crate) async fn enqueue<F: Fact>(
    transaction: &mut Transaction,
    aggregate: &str,
    fact: &F,
) -> Result<bool, StoreError> {
    let store = transaction.store().clone();
    let listeners = store.listeners().of(F::CONTEXT, F::NAME);
    if listeners.is_empty() {
        return Ok(false);
    }
    let insert = format!(
        "INSERT INTO {}_outbox (id, listener, fact, aggregate, body, traceparent, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        store.context()
    );
    let id = Uuid::now_v7();
    let created_ms = id.get_timestamp().map_or(0, |at| at.to_unix().0 * 1000);
    let body = serde_json::to_string(fact)?;
    let trace = crate::telemetry::traceparent(transaction.call().trace());
    for listener in listeners {
        let row = sql(insert.clone())
            .bind(id.to_string())
            .bind(listener.name())
            .bind(F::NAME)
            .bind(aggregate)
            .bind(body.clone())
            .bind(trace.clone())
            .bind(i64::try_from(created_ms).unwrap_or(i64::MAX));
        transaction.run(row).await?;
    }
    Ok(true)
}

/// Notes that a fact was heard; false when it had been heard before.
pub(crate) async fn note_heard(
    transaction: &mut Transaction,
    id: &str,
) -> Result<bool, StoreError> {
    let insert = format!(
        "INSERT INTO {}_heard (id, heard_ms) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        transaction.store().context()
    );
    let now_ms = crate::Clock::system().now_ms();
    Ok(transaction.run(sql(insert).bind(id).bind(now_ms)).await? == 1)
}
