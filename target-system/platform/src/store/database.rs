//! Connections to one database: for SQLite many readers and one writer, for others one pool.

use super::StoreError;
use crate::{Call, Telemetry};
use sqlx::any::{Any, AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{AnyPool, Executor as _, Transaction};
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;
use tokio::time::Instant;

/// How long a statement waits for a lock that another process holds.
const SQLITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; PRAGMA foreign_keys = ON;";
const READERS: u32 = 4;

/// The pools of one database, shared by all contexts that live in it.
#[derive(Clone)]
pub struct Database {
    readers: AnyPool,
    /// SQLite lets one transaction write at a time. A pool of one makes the others queue in order,
    /// where the wait is measured, instead of failing with "database is locked".
    writers: AnyPool,
    begin: &'static str,
}

impl Database {
    /// Opens a SQLite file, creating it if need be.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let writers = pool(&url, 1).await?;
        let readers = pool(&url, READERS).await?;
        Ok(Self {
            readers,
            writers,
            begin: "BEGIN IMMEDIATE",
        })
    }

    pub(super) async fn reader(
        &self,
        call: &Call,
        telemetry: &Telemetry,
    ) -> Result<PoolConnection<Any>, StoreError> {
        in_time(call, telemetry, "read", self.readers.acquire()).await
    }

    pub(super) async fn begin(
        &self,
        call: &Call,
        telemetry: &Telemetry,
    ) -> Result<Transaction<'static, Any>, StoreError> {
        let observed = telemetry.database(call, "BEGIN");
        let asked = Instant::now();
        let opened = self.writers.begin_with(self.begin);
        let opened = in_time(call, telemetry, "write", opened).await;
        observed.finish(asked.elapsed(), opened.is_ok());
        opened
    }

    /// The pool for housekeeping outside of any call.
    pub(super) fn writers(&self) -> &AnyPool {
        &self.writers
    }

    /// Closes every connection, so that the file is whole and may be copied.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

async fn pool(url: &str, connections: u32) -> Result<AnyPool, StoreError> {
    let options = AnyConnectOptions::from_str(url).map_err(StoreError::Connect)?;
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SQLITE_SETUP).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)
}

/// Waits for a connection, but not beyond the call's deadline, and measures the wait.
async fn in_time<T>(
    call: &Call,
    telemetry: &Telemetry,
    used_for: &str,
    connection: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    let asked = Instant::now();
    let outcome = tokio::time::timeout(call.remaining(), connection).await;
    telemetry
        .metrics()
        .waited_for_connection(used_for, asked.elapsed());
    match outcome {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(source)) => Err(StoreError::Connect(source)),
        Err(_) => Err(StoreError::Deadline),
    }
}
