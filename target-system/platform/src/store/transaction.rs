//! A transaction that may write, and that publishes facts together with what it wrote.

use super::{Row, Statement, Store, StoreError};
use crate::idempotency::Key;
use crate::{Call, outbox};
use shop_contracts::Fact;
use sqlx::Any;

/// An open transaction. Dropping it undoes everything; only [`Transaction::commit`] keeps it.
pub struct Transaction {
    open: sqlx::Transaction<'static, Any>,
    store: Store,
    call: Call,
    published: bool,
    claimed: Option<Key>,
}

impl Transaction {
    pub(super) fn new(open: sqlx::Transaction<'static, Any>, store: Store, call: Call) -> Self {
        Self {
            open,
            store,
            call,
            published: false,
            claimed: None,
        }
    }

    /// The call that the transaction is part of.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Whose transaction this is.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Remembers under which idempotency key the answer is to be recorded.
    pub(crate) fn claim(&mut self, key: Key) {
        self.claimed = Some(key);
    }

    pub(crate) fn claimed(&mut self) -> Option<Key> {
        self.claimed.take()
    }

    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&mut self, statement: Statement) -> Result<u64, StoreError> {
        statement
            .execute(&mut self.open, &self.call, &self.store)
            .await
    }

    /// Every row that the statement finds.
    ///
    /// # Errors
    /// When the database refuses or a row does not fit.
    pub async fn all<T>(
        &mut self,
        statement: Statement,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        statement
            .fetch(&mut self.open, &self.call, &self.store, read)
            .await
    }

    /// The first row that the statement finds.
    ///
    /// # Errors
    /// When the database refuses or the row does not fit.
    pub async fn first<T>(
        &mut self,
        statement: Statement,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(statement, read).await?.into_iter().next())
    }

    /// Tells everybody who listens that something has happened, if and when this commits. Facts
    /// of one aggregate are heard in the order in which they were published.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn publish<F: Fact>(
        &mut self,
        aggregate: &(impl AsRef<str> + ?Sized),
        fact: &F,
    ) -> Result<(), StoreError> {
        self.published |= outbox::enqueue(self, aggregate.as_ref(), fact).await?;
        Ok(())
    }

    /// Keeps everything, and wakes the relay if facts were published.
    ///
    /// # Errors
    /// When the database refuses; nothing is kept then.
    pub async fn commit(self) -> Result<(), StoreError> {
        let limit = self.store.database().commit_limit(&self.call);
        let outcome = self
            .store
            .observed(&self.call, "COMMIT", limit, self.open.commit())
            .await;
        if let Some(attempt) = self.call.attempt()
            && !outcome.as_ref().is_err_and(StoreError::is_conflict)
        {
            attempt.last();
        }
        outcome?;
        if self.published {
            self.store.published().send_replace(());
        }
        Ok(())
    }
}
