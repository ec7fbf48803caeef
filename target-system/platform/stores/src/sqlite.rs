//! A database in a SQLite file: many readers and one writer.

use crate::StoreError;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor as _};
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

/// A writer takes its turn when it begins, not when it first writes.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
/// How long a statement waits for a lock that another process holds.
const SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; PRAGMA foreign_keys = ON; \
     PRAGMA wal_autocheckpoint = 4000;";
/// How often what was committed moves from the log into the database file.
const CHECKPOINT: Duration = Duration::from_millis(500);
const READERS: u32 = 4;

/// The pools for reading and for writing. SQLite lets one transaction write at a time. A pool of
/// one makes the others queue in order, where the wait is measured, instead of failing with
/// "database is locked".
pub(super) async fn open(path: &Path) -> Result<(AnyPool, AnyPool), StoreError> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let writers = pool(&url, 1).await?;
    let readers = pool(&url, READERS).await?;
    tokio::spawn(checkpoint(readers.clone()));
    Ok((readers, writers))
}

/// Moves committed pages into the file while others write, until the pool is closed. A commit only
/// has to do so when the log has grown all the same, and then finds little left: all who write wait
/// for the disk meanwhile.
async fn checkpoint(pool: AnyPool) {
    let mut ticks = tokio::time::interval(CHECKPOINT);
    loop {
        tokio::select! {
            () = pool.close_event() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = pool.execute("PRAGMA wal_checkpoint(PASSIVE)").await {
            tracing::debug!(%error, "a checkpoint was not possible now");
        }
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
            Box::pin(async move { connection.execute(SETUP).await.map(|_| ()) })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::Connect)
}
