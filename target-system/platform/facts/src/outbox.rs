//! The outbox of a context: a fact is written down in the transaction that made it true, once for
//! each listener.

use shop_contracts::Fact;
use shop_stores::{Clock, StoreError, Transaction, sql};
use shop_telemetry::traceparent;
use uuid::Uuid;

/// Publishes facts as part of a transaction.
pub trait Publish {
    /// Tells every listener that something has happened, if and when the transaction commits.
    /// Facts of one aggregate are heard in the order in which they were published.
    ///
    /// # Errors
    /// When the database refuses.
    fn publish<F: Fact>(
        &mut self,
        aggregate: &(impl AsRef<str> + Sync + ?Sized),
        fact: &F,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Publish for Transaction {
    /// Ids are UUIDs of version 7, which grow within a process; as writers of an aggregate take
    /// turns, the order of ids is the order of its facts.
    async fn publish<F: Fact>(
        &mut self,
        aggregate: &(impl AsRef<str> + Sync + ?Sized),
        fact: &F,
    ) -> Result<(), StoreError> {
        let store = self.store().clone();
        let listeners = store.subscriptions().of(F::CONTEXT, F::NAME);
        if listeners.is_empty() {
            return Ok(());
        }
        let insert = format!(
            "INSERT INTO {}_outbox (id, listener, fact, aggregate, body, traceparent, created_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            store.context()
        );
        let id = Uuid::now_v7();
        let created_ms = id.get_timestamp().map_or(0, |at| at.to_unix().0 * 1000);
        let body = serde_json::to_string(fact)?;
        let trace = traceparent(self.call().trace());
        for listener in listeners {
            let row = sql(insert.clone())
                .bind(id.to_string())
                .bind(listener.name())
                .bind(F::NAME)
                .bind(aggregate.as_ref())
                .bind(body.clone())
                .bind(trace.clone())
                .bind(i64::try_from(created_ms).unwrap_or(i64::MAX));
            self.run(row).await?;
        }
        self.wake_relays();
        Ok(())
    }
}

/// Records that a fact was heard; false when it had been heard before.
pub(super) async fn record_heard(
    transaction: &mut Transaction,
    id: &str,
) -> Result<bool, StoreError> {
    let insert = format!(
        "INSERT INTO {}_heard (id, heard_ms) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        transaction.store().context()
    );
    let now_ms = Clock::system().now_ms();
    Ok(transaction.run(sql(insert).bind(id).bind(now_ms)).await? == 1)
}
