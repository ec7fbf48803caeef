//! A database on a PostgreSQL server: a schema of its own, a pool that recovers, and turns to
//! write.
//!
//! Writers run at the same time, each in a SERIALIZABLE transaction that holds a weak lock on a
//! table of its context. One that must not lose takes the strong form of that lock: it waits for
//! those under way, and no other begins before it is done. `LOCK` comes before the
//! transaction's snapshot, so that it sees what those have committed that it waited for.

use crate::StoreError;
use crate::turn::Turn;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::postgres::PgConnectOptions;
use sqlx::{
    AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
    PgConnection,
};
use std::io;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

const CONNECTIONS: u32 = 8;
/// How long a process waits for the server before it gives up starting.
const START_TIMEOUT: Duration = Duration::from_secs(30);
const RETRY_WAIT: Duration = Duration::from_millis(200);
/// How long one attempt to connect may take before the server counts as gone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a call waits for a connection, at most; its own deadline is nearer.
const ACQUIRE: Duration = Duration::from_secs(30);
/// How long the rollback of a returned connection may take.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that has idled for so long is tested before it is used.
const STALE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(60);

/// One schema on a server.
pub(super) struct Server {
    options: PgConnectOptions,
    schema: String,
    /// When a connection was last found to be broken.
    cut: Mutex<Option<Instant>>,
    /// Whether a task watches the server since then.
    watched: AtomicBool,
    /// Whether that task could not reach it.
    gone: AtomicBool,
    /// When it last answered.
    answered: Mutex<Option<Instant>>,
}

impl Server {
    /// Waits for the server, makes the schema and a pool of connections that live in it.
    pub(super) async fn open(url: &str, schema: &str) -> Result<(Arc<Self>, AnyPool), StoreError> {
        sqlx::any::install_default_drivers();
        let server = Arc::new(Self {
            options: PgConnectOptions::from_str(url).map_err(StoreError::Connect)?,
            schema: schema.to_owned(),
            cut: Mutex::new(None),
            watched: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            answered: Mutex::new(None),
        });
        let mut first = match reach(&server.options, START_TIMEOUT).await {
            Err(StoreError::Connect(error)) if is_missing(&error) => {
                create(&server.options).await?;
                reach(&server.options, START_TIMEOUT).await?
            }
            reached => reached?,
        };
        first
            .execute(AssertSqlSafe(server.creation()))
            .await
            .map_err(StoreError::Connect)?;
        first.close().await.map_err(StoreError::Connect)?;
        let options = AnyConnectOptions::from_str(url).map_err(StoreError::Connect)?;
        let pool = pool(&server).connect_with(options);
        Ok((
            Arc::clone(&server),
            pool.await.map_err(StoreError::Connect)?,
        ))
    }

    /// Host and port.
    pub(super) fn address(&self) -> (&str, u16) {
        (self.options.get_host(), self.options.get_port())
    }

    /// A connection outside of the pool.
    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        connection.execute(AssertSqlSafe(self.setup())).await?;
        Ok(connection)
    }

    /// A connection was found to be broken. Those as old as it will be, too.
    pub(super) fn note_broken(self: &Arc<Self>) {
        *self.cut.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.watch();
    }

    /// A call got no connection. If the server is gone, calls fail at once from now on, instead of
    /// waiting for their deadline, until it is back.
    pub(super) fn watch(self: &Arc<Self>) {
        if !self.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(watch_until_back(Arc::downgrade(self)));
        }
    }

    /// It has answered just now.
    pub(super) fn note_answer(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn has_answered_within(&self, time: Duration) -> bool {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|at| at.elapsed() <= time)
    }

    /// Refuses while the server is known to be gone.
    pub(super) fn check_available(&self) -> Result<(), sqlx::Error> {
        if self.gone.load(Ordering::Relaxed) {
            let what = "the database server is gone";
            return Err(io::Error::new(io::ErrorKind::NotConnected, what).into());
        }
        Ok(())
    }

    fn is_older_than_the_cut(&self, age: Duration) -> bool {
        let cut = *self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.is_some_and(|at| at.elapsed() <= age)
    }

    /// How a transaction of a context begins. The table of its migrations stands for the context:
    /// nothing else locks it.
    pub(super) fn begin(context: &str, turn: Turn) -> String {
        let (isolation, mode) = match turn {
            Turn::Shared => ("SERIALIZABLE", "ROW SHARE"),
            Turn::Beside => ("READ COMMITTED", "ROW SHARE"),
            Turn::Alone => ("SERIALIZABLE", "EXCLUSIVE"),
            Turn::Migration => {
                return format!(
                    "BEGIN; {}",
                    lock(&format!("current_schema() || '/{context}'"))
                );
            }
        };
        format!("BEGIN ISOLATION LEVEL {isolation}; LOCK TABLE {context}_migrations IN {mode} MODE")
    }

    /// `IF NOT EXISTS` alone fails when two processes create it at the same time.
    fn creation(&self) -> String {
        let schema = quoted(&self.schema);
        format!(
            "{}; CREATE SCHEMA IF NOT EXISTS {schema}",
            lock("'schemas'")
        )
    }

    /// The settings of a fresh connection. Index scans take narrower predicate locks than a scan of
    /// the whole table, so fewer transactions lose.
    fn setup(&self) -> String {
        format!(
            "SET search_path TO {0}; SET client_min_messages TO error; SET enable_seqscan TO off; \
             SET idle_in_transaction_session_timeout TO '10s'; SET application_name TO {0}",
            quoted(&self.schema)
        )
    }
}

/// Takes the lock of this name (an SQL expression) until the end of the transaction.
pub(super) fn lock(name: &str) -> String {
    format!("SELECT pg_advisory_xact_lock(hashtextextended({name}, 0))")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Connects as soon as the server is up.
async fn reach(options: &PgConnectOptions, patience: Duration) -> Result<PgConnection, StoreError> {
    let asked = Instant::now();
    let address = format!("{}:{}", options.get_host(), options.get_port());
    loop {
        let left = patience.saturating_sub(asked.elapsed());
        let source = match timeout(left, options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(source)) if !may_pass(&source) => return Err(StoreError::Connect(source)),
            Ok(Err(source)) => source,
            Err(_) => sqlx::Error::PoolTimedOut,
        };
        if asked.elapsed() + RETRY_WAIT >= patience {
            return Err(StoreError::Absent {
                address,
                waited: patience,
                source,
            });
        }
        tracing::info!(%address, error = %source, "the database is not up yet");
        sleep(RETRY_WAIT).await;
    }
}

/// Whether the server has no database of this name.
fn is_missing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|refusal| refusal.code());
    code.as_deref() == Some("3D000")
}

/// Creates the database that the options name, unless another process just has.
async fn create(options: &PgConnectOptions) -> Result<(), StoreError> {
    const MAINTENANCE: &str = "postgres";
    let name = options.get_database().unwrap_or(MAINTENANCE);
    let mut connection = reach(&options.clone().database(MAINTENANCE), START_TIMEOUT).await?;
    let text = format!("CREATE DATABASE {}", quoted(name));
    let created = connection.execute(AssertSqlSafe(text)).await;
    // One code is that of a taken name, the other that of two processes which insert it at once.
    let is_taken = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(|refusal| refusal.code());
        matches!(code.as_deref(), Some("42P04" | "23505"))
    };
    match created {
        Err(error) if !is_taken(&error) => Err(StoreError::Connect(error)),
        _ => connection.close().await.map_err(StoreError::Connect),
    }
}

/// Tries to connect until the server can be reached.
async fn watch_until_back(server: Weak<Server>) {
    while let Some(server) = server.upgrade() {
        let attempt = timeout(CONNECT_TIMEOUT, server.options.connect()).await;
        let is_refused = matches!(attempt, Ok(Err(_)));
        if let Ok(Ok(connection)) = attempt {
            if server.gone.swap(false, Ordering::Relaxed) {
                tracing::info!("the database is back");
            }
            // The connection was only a test; its result holds for a while.
            let _ = connection.close().await;
            sleep(RETRY_WAIT).await;
            server.watched.store(false, Ordering::Relaxed);
            return;
        }
        // A server that is slow to accept connections, but answers on others, is not gone.
        let is_gone = is_refused || !server.has_answered_within(CONNECT_TIMEOUT);
        if is_gone && !server.gone.swap(true, Ordering::Relaxed) {
            tracing::warn!("the database is gone");
        }
        drop(server);
        sleep(RETRY_WAIT).await;
    }
}

/// Whether a failure to connect may pass: a server that starts, or has no connection to spare.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(refusal) => refusal.is_transient_in_connect_phase(),
        _ => false,
    }
}

fn pool(server: &Arc<Server>) -> AnyPoolOptions {
    let (setup, known, released) = (server.setup(), Arc::clone(server), Arc::clone(server));
    AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(IDLE)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let setup = setup.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(setup)).await.map(|_| ()) })
        })
        .before_acquire(move |connection, state| {
            let known = Arc::clone(&known);
            Box::pin(async move {
                if state.idle_for > STALE && connection.ping().await.is_err() {
                    known.note_broken();
                }
                Ok(!known.is_older_than_the_cut(state.age))
            })
        })
        .after_release(move |connection, _| Box::pin(roll_back(connection, Arc::clone(&released))))
}

/// Ends what a cancelled call has left under way. Without a transaction that is a mere warning,
/// which is not sent. An error makes the pool drop the connection.
async fn roll_back(
    connection: &mut AnyConnection,
    server: Arc<Server>,
) -> Result<bool, sqlx::Error> {
    let rolled_back = timeout(ROLLBACK_TIMEOUT, connection.execute("ROLLBACK")).await;
    let rolled_back = rolled_back.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    if rolled_back.is_err() {
        server.note_broken();
    }
    rolled_back.map(|_| true)
}
