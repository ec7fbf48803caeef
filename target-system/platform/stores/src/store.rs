//! The store of one context: the one way to read its tables.

use crate::{Database, Row, Statement, StoreError, Subscriptions, migrate};
use shop_calls::Call;
use shop_contracts::Context;
use shop_telemetry::Telemetry;
use std::sync::Arc;
use tokio::sync::watch;

/// The store of one context.
#[derive(Clone)]
pub struct Store {
    context: Context,
    database: Database,
    published: watch::Sender<()>,
    subscriptions: Arc<Subscriptions>,
    telemetry: Telemetry,
}

impl Store {
    /// The store of this context within a database.
    #[must_use]
    pub fn new(
        context: Context,
        database: Database,
        subscriptions: Arc<Subscriptions>,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            context,
            database,
            published: watch::Sender::new(()),
            subscriptions,
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
        let (database, telemetry) = (&self.database, &self.telemetry);
        let observed = database.observed(call, telemetry, statement.text());
        match database.reader(call, telemetry).await {
            Ok(mut connection) => {
                let fetching = statement.fetch(&mut connection, call, database, observed, read);
                fetching.await
            }
            Err(error) => Err(database.without_connection(call, observed, error)),
        }
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

    /// Runs one statement that is a transaction by itself; the number of rows it changed.
    ///
    /// # Errors
    /// As [`Store::all`].
    pub async fn run(&self, call: &Call, statement: Statement) -> Result<u64, StoreError> {
        let (database, telemetry) = (&self.database, &self.telemetry);
        let observed = database.observed(call, telemetry, statement.text());
        match database.writer(call, telemetry).await {
            Ok(mut connection) => {
                let executing = statement.execute(&mut connection, call, database, observed);
                executing.await
            }
            Err(error) => Err(database.without_connection(call, observed, error)),
        }
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

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Wakes the relays of this context.
    pub(super) fn wake_relays(&self) {
        self.published.send_replace(());
    }

    /// Changes whenever a transaction that published facts has committed.
    #[must_use]
    pub fn publications(&self) -> watch::Receiver<()> {
        self.published.subscribe()
    }

    /// Who listens to what.
    #[must_use]
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// The telemetry of this context.
    #[must_use]
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}
