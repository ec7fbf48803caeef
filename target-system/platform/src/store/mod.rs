//! A context's own tables: the one way to the database, with spans and waiting times for free.
//!
//! All SQL must run unchanged on SQLite and PostgreSQL: `$1` parameters, `BIGINT` and `TEXT`
//! columns, money in minor units, times in milliseconds, `ON CONFLICT` clauses. A context's tables
//! carry its name as a prefix (`order_orders`), because in the monolith all share one database.

mod copy;
mod database;
mod engine;
mod error;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod sweep;
mod transaction;

pub use database::Database;
pub use engine::Engine;
pub use error::StoreError;
pub use row::{Column, Row};
pub use statement::{Argument, Statement, sql};
pub use transaction::Transaction;

use crate::{Call, Telemetry};
use database::Turn;
use shop_contracts::Context;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// The store of one context.
#[derive(Clone)]
pub struct Store {
    context: Context,
    database: Database,
    published: watch::Sender<()>,
    listeners: Arc<crate::outbox::Subscriptions>,
    telemetry: Telemetry,
}

impl Store {
    /// The store of this context within a database.
    #[must_use]
    pub fn new(
        context: Context,
        database: Database,
        listeners: Arc<crate::outbox::Subscriptions>,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            context,
            database,
            published: watch::Sender::new(()),
            listeners,
            telemetry,
        }
    }

    /// Every row that the statement finds.
    ///
    /// # Errors
    /// When the deadline passes before a connection is free, or the database refuses.
    pub async fn all<T>(
        &self,
        call: &Call,
        statement: Statement,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let reader = self.database.reader(call, &self.telemetry).await;
        let mut connection = reader.map_err(|error| self.database.judged(call, error))?;
        statement.fetch(&mut connection, call, self, read).await
    }

    /// The first row that the statement finds.
    ///
    /// # Errors
    /// As [`Store::all`].
    pub async fn first<T>(
        &self,
        call: &Call,
        statement: Statement,
        read: fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(call, statement, read).await?.into_iter().next())
    }

    /// Opens a transaction that may write. Writers of one SQLite file queue for it, so never call
    /// another context while holding one: in the monolith that context waits for the same file.
    /// On PostgreSQL they run at the same time as if they did not, and the one that loses fails
    /// with a conflict; a handler is run once more then, if it has done nothing that stays.
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
    /// need not go alone, so it is the way to write for whom a second run is out of the question.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn amend(&self, call: &Call) -> Result<Transaction, StoreError> {
        self.open(call, Turn::Beside).await
    }

    async fn open(&self, call: &Call, turn: Turn) -> Result<Transaction, StoreError> {
        let context = self.context.name();
        let begun = self.database.begin(call, &self.telemetry, context, turn);
        let open = begun.await;
        let open = open.map_err(|error| self.database.judged(call, error))?;
        Ok(Transaction::new(open, self.clone(), call.clone()))
    }

    /// Runs one statement that is a transaction by itself; the number of rows it changed.
    pub(crate) async fn run(&self, call: &Call, statement: Statement) -> Result<u64, StoreError> {
        let writer = self.database.writer(call, &self.telemetry).await;
        let mut connection = writer.map_err(|error| self.database.judged(call, error))?;
        statement.execute(&mut connection, call, self).await
    }

    /// Whose store this is.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self, migrations: &'static [&'static str]) -> Result<(), StoreError> {
        migrate::run(&self.database, self.context, migrations).await
    }

    /// Does what a statement says, within a limit, with a span and a measurement.
    async fn observed<T>(
        &self,
        call: &Call,
        text: &str,
        limit: Duration,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let observed = self.telemetry.database(call, self.database.system(), text);
        let started = Instant::now();
        let outcome = match timeout(limit, work).await {
            Ok(outcome) => outcome.map_err(|source| StoreError::Query {
                sql: text.to_owned(),
                source,
            }),
            Err(_) => Err(StoreError::Deadline),
        };
        observed.finish(started.elapsed(), outcome.is_ok());
        if outcome.is_ok() {
            self.database.note_answer();
        }
        outcome.map_err(|error| self.database.judged(call, error))
    }

    fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn published(&self) -> &watch::Sender<()> {
        &self.published
    }

    pub(crate) fn listeners(&self) -> &crate::outbox::Subscriptions {
        &self.listeners
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}
