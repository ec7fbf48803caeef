//! Connections to one database, whichever engine keeps it: for reading, and for writing in turn.
//! It must know neither contexts nor their tables.

use crate::postgres::Server;
use crate::turn::Turn;
use crate::{Engine, StoreError, copy, operation, sqlite};
use futures::future::BoxFuture;
use shop_calls::Call;
use shop_telemetry::{DatabaseOperation, DatabaseSystem, Telemetry};
use sqlx::any::Any;
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, AssertSqlSafe, Transaction};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a commit may take once it is sent: giving it up would leave its outcome unknown.
const COMMIT: Duration = Duration::from_secs(5);

/// The pools of one database, shared by all contexts that live in it.
#[derive(Clone)]
pub struct Database {
    readers: AnyPool,
    writers: AnyPool,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Sqlite,
    Postgres(Arc<Server>),
}

type Opening<'e> = BoxFuture<'e, Result<Database, StoreError>>;

impl Database {
    /// Opens the database of this name where the engine keeps it: a file within a folder, or a
    /// schema on a server.
    ///
    /// # Errors
    /// When the file cannot be opened, or the server cannot be reached in half a minute.
    pub fn open<'e>(engine: &'e Engine, folder: &Path, name: &'e str) -> Opening<'e> {
        let file = folder.join(format!("{name}.db"));
        Box::pin(async move {
            match engine {
                // The platform's own tables exist all the same, and stay empty.
                Engine::Sqlite | Engine::Redis { .. } => Self::sqlite(&file).await,
                Engine::Postgres { url } => Self::postgres(url, name).await,
            }
        })
    }

    /// Opens a SQLite file, creating it if need be.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        let (readers, writers) = sqlite::open(path).await?;
        let kind = Kind::Sqlite;
        Ok(Self {
            readers,
            writers,
            kind,
        })
    }

    /// Opens a schema of a PostgreSQL database, creating it if need be, and waits for the server
    /// if need be.
    ///
    /// # Errors
    /// When the server cannot be reached in half a minute, or refuses.
    pub async fn postgres(url: &str, schema: &str) -> Result<Self, StoreError> {
        let (server, pool) = Server::open(url, schema).await?;
        Ok(Self {
            readers: pool.clone(),
            writers: pool,
            kind: Kind::Postgres(server),
        })
    }

    /// Copies everything from a SQLite file into the same tables of this database, which are
    /// there and empty; but once only: `world` is recorded as what the database was filled with.
    /// A SQLite database is that file itself, and nothing is to do.
    ///
    /// # Errors
    /// When it was filled with another world, or the copy fails; nothing is kept then.
    pub async fn fill(&self, from: &Path, world: &str) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Sqlite => Ok(()),
            Kind::Postgres(server) => copy::run(from, server, world).await,
        }
    }

    pub(super) async fn reader(
        &self,
        call: &Call,
        telemetry: &Telemetry,
    ) -> Result<PoolConnection<Any>, StoreError> {
        self.check_available()?;
        in_time(call, telemetry, "read", self.readers.acquire()).await
    }

    /// A connection for a statement that is a transaction by itself.
    pub(super) async fn writer(
        &self,
        call: &Call,
        telemetry: &Telemetry,
    ) -> Result<PoolConnection<Any>, StoreError> {
        self.check_available()?;
        in_time(call, telemetry, "write", self.writers.acquire()).await
    }

    pub(super) async fn begin(
        &self,
        call: &Call,
        telemetry: &Telemetry,
        context: &str,
        turn: Turn,
    ) -> Result<Transaction<'static, Any>, StoreError> {
        let observed = self.observed(call, telemetry, "BEGIN");
        let opened = match self.check_available() {
            Ok(()) => in_time(call, telemetry, "write", self.open_turn(context, turn)).await,
            Err(error) => Err(error),
        };
        observed.finish(opened.is_ok());
        opened
    }

    /// Begins a transaction of a context.
    pub(super) async fn open_turn(
        &self,
        context: &str,
        turn: Turn,
    ) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match &self.kind {
            Kind::Sqlite => self.writers.begin_with(sqlite::BEGIN).await,
            Kind::Postgres(_) => {
                let begin = AssertSqlSafe(Server::begin(context, turn));
                self.writers.begin_with(begin).await
            }
        }
    }

    fn check_available(&self) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Sqlite => Ok(()),
            Kind::Postgres(server) => server.check_available().map_err(StoreError::Connect),
        }
    }

    /// Runs a statement within a limit, with a span and a measurement.
    pub(super) async fn run<T>(
        &self,
        call: &Call,
        observed: DatabaseOperation,
        text: &str,
        limit: Duration,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let outcome = match timeout(limit, statement).await {
            Ok(outcome) => outcome.map_err(|source| StoreError::Query {
                sql: text.to_owned(),
                source,
            }),
            Err(_) => Err(StoreError::Deadline),
        };
        observed.finish(outcome.is_ok());
        if outcome.is_ok() {
            self.note_answer();
        }
        outcome.map_err(|error| self.judged(call, error))
    }

    /// A statement for which no connection was to be had.
    pub(super) fn without_connection(
        &self,
        call: &Call,
        observed: DatabaseOperation,
        error: StoreError,
    ) -> StoreError {
        observed.finish(false);
        self.judged(call, error)
    }

    /// Begins the span and the measurement of a statement.
    pub(super) fn observed(
        &self,
        call: &Call,
        telemetry: &Telemetry,
        text: &str,
    ) -> DatabaseOperation {
        let (operation, collection) = operation::of_statement(text);
        let database = match &self.kind {
            Kind::Sqlite => DatabaseSystem {
                system: "sqlite",
                server: None,
            },
            Kind::Postgres(server) => DatabaseSystem {
                system: "postgresql",
                server: Some(server.address()),
            },
        };
        telemetry.operation(call.trace(), &database, &operation, &collection)
    }

    /// How long a statement of a call may take. A server may never answer; a file always does.
    pub(super) fn limit(&self, call: &Call) -> Duration {
        match self.kind {
            Kind::Sqlite => Duration::MAX,
            Kind::Postgres(_) => call.remaining(),
        }
    }

    /// How long the commit of a call may take.
    pub(super) fn commit_limit(&self, call: &Call) -> Duration {
        self.limit(call).max(COMMIT)
    }

    /// The server has answered just now.
    fn note_answer(&self) {
        if let Kind::Postgres(server) = &self.kind {
            server.note_answer();
        }
    }

    /// Acts on an error: connections as old as a broken one are not used again, and a handler whose
    /// transaction lost may run once more.
    pub(super) fn judged(&self, call: &Call, error: StoreError) -> StoreError {
        if let Kind::Postgres(server) = &self.kind {
            match &error {
                StoreError::Deadline => server.watch(),
                error if error.is_cut() => server.note_broken(),
                _ => {}
            }
        }
        if let Some(attempt) = call.attempt()
            && error.is_conflict()
        {
            attempt.lose();
        }
        error
    }

    /// Closes every connection. A SQLite file is whole then, and may be copied.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Waits for a connection, but not beyond the call's deadline, and measures the wait.
async fn in_time<T>(
    call: &Call,
    telemetry: &Telemetry,
    used_for: &str,
    connection: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    let asked = Instant::now();
    let outcome = timeout(call.remaining(), connection).await;
    telemetry
        .metrics()
        .waited_for_connection(used_for, asked.elapsed());
    match outcome {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(source)) => Err(StoreError::Connect(source)),
        Err(_) => Err(StoreError::Deadline),
    }
}
