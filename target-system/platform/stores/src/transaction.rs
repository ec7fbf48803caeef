//! A transaction that may write.

use crate::idempotency_key::Key;
use crate::turn::Turn;
use crate::{Row, Statement, Store, StoreError};
use shop_calls::Call;
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
    fn new(open: sqlx::Transaction<'static, Any>, store: Store, call: Call) -> Self {
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
    pub(super) fn claim(&mut self, key: Key) {
        self.claimed = Some(key);
    }

    pub(super) fn claimed(&mut self) -> Option<Key> {
        self.claimed.take()
    }

    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let (database, telemetry) = (self.store.database(), self.store.telemetry());
        let observed = database.observed(&self.call, telemetry, statement.text());
        statement
            .execute(&mut self.open, &self.call, database, observed)
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
        let (database, telemetry) = (self.store.database(), self.store.telemetry());
        let observed = database.observed(&self.call, telemetry, statement.text());
        statement
            .fetch(&mut self.open, &self.call, database, observed, read)
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

    /// Wakes the relays of this context if and when this commits.
    pub fn wake_relays(&mut self) {
        self.published = true;
    }

    /// Keeps everything, and wakes the relays if facts were published.
    ///
    /// # Errors
    /// When the database refuses; nothing is kept then.
    pub async fn commit(self) -> Result<(), StoreError> {
        let (database, telemetry) = (self.store.database(), self.store.telemetry());
        let limit = database.commit_limit(&self.call);
        let observed = database.observed(&self.call, telemetry, "COMMIT");
        let committing = self.open.commit();
        let outcome = database
            .run(&self.call, observed, "COMMIT", limit, committing)
            .await;
        if let Some(attempt) = self.call.attempt()
            && !outcome.as_ref().is_err_and(StoreError::is_conflict)
        {
            attempt.last();
        }
        outcome?;
        if self.published {
            self.store.wake_relays();
        }
        Ok(())
    }
}

impl Store {
    /// Opens a transaction that may write. Writers of one SQLite file queue for it, so never call
    /// another context while holding one: in the monolith that context waits for the same file.
    /// On PostgreSQL they run at the same time, serialisably, and the one that loses fails with a
    /// conflict; a handler is run once more then, if it has had no lasting effect.
    ///
    /// # Errors
    /// When the deadline passes in the queue, or the database refuses.
    pub async fn write(&self, call: &Call) -> Result<Transaction, StoreError> {
        let turn = match call.attempt() {
            Some(attempt) if !attempt.goes_alone() => Turn::Shared,
            _ => Turn::Alone,
        };
        self.open(call, turn).await
    }

    /// Opens a transaction that decides by nothing but the rows its own statements change, such as
    /// a step that moves one row from one status to the next. It never loses against others and
    /// need not exclude them, so it is the way to write where a second run is impossible.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn amend(&self, call: &Call) -> Result<Transaction, StoreError> {
        self.open(call, Turn::Beside).await
    }

    async fn open(&self, call: &Call, turn: Turn) -> Result<Transaction, StoreError> {
        let (database, context) = (self.database(), self.context().name());
        let begun = database.begin(call, self.telemetry(), context, turn);
        let open = begun.await;
        let open = open.map_err(|error| database.judged(call, error))?;
        Ok(Transaction::new(open, self.clone(), call.clone()))
    }
}
