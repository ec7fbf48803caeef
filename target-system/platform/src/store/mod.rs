//! A context's own tables: the one way to the database, with spans and waiting times for free.
//!
//! All SQL must run unchanged on SQLite and PostgreSQL: `$1` parameters, `BIGINT` and `TEXT`
//! columns, money in minor units, times in milliseconds, `ON CONFLICT` clauses. A context's tables
//! carry its name as a prefix (`order_orders`), because in the monolith all share one database.

mod database;
mod error;
mod migrate;
mod row;
mod statement;
mod sweep;
mod transaction;

pub use database::Database;
pub use error::StoreError;
pub use row::{Column, Row};
pub use statement::{Argument, Statement, sql};
pub use transaction::Transaction;

use crate::{Call, Telemetry};
use shop_contracts::Context;
use std::sync::Arc;
use tokio::sync::watch;

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
        let mut connection = self.database.reader(call, &self.telemetry).await?;
        statement
            .fetch(&mut connection, call, &self.telemetry, read)
            .await
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
    ///
    /// # Errors
    /// When the deadline passes in the queue, or the database refuses.
    pub async fn write(&self, call: &Call) -> Result<Transaction, StoreError> {
        let open = self.database.begin(call, &self.telemetry).await?;
        Ok(Transaction::new(open, self.clone(), call.clone()))
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
