//! A place for the rows of one test, on each available engine, removed with the test.
//!
//! Tests run on PostgreSQL as well when `SHAKEDOWN_TEST_POSTGRES` names a server for them. Without
//! it they are skipped there, with a message; `SHAKEDOWN_REQUIRE_DOCKER=1` makes that a failure.

use shop_stores::{Database, Engine, StoreError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Once;
use tokio::runtime::Builder;
use uuid::Uuid;

const SERVER: &str = "SHAKEDOWN_TEST_POSTGRES";

/// An engine that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    Sqlite,
    Postgres,
}

impl Backing {
    /// Every available engine; run each test of a context on all of them.
    ///
    /// # Panics
    /// When an engine is required and not available.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn all() -> Vec<Self> {
        static REPORTED: Once = Once::new();
        if std::env::var_os(SERVER).is_some() {
            return vec![Self::Sqlite, Self::Postgres];
        }
        let required = std::env::var("SHAKEDOWN_REQUIRE_DOCKER").is_ok_and(|value| value == "1");
        assert!(!required, "PostgreSQL is required, and {SERVER} is not set");
        REPORTED.call_once(|| eprintln!("skipped on PostgreSQL: {SERVER} is not set"));
        vec![Self::Sqlite]
    }
}

/// A folder, and on a server a database or a schema.
pub struct Scratch {
    folder: tempfile::TempDir,
    engine: Engine,
    name: String,
    /// The statement that removes it from the server.
    removal: String,
}

impl Scratch {
    /// A place for one database.
    ///
    /// # Panics
    /// When there is no room for it: in a test that is a failure.
    #[must_use]
    pub fn schema(backing: Backing) -> Self {
        let name = format!("test_{}", Uuid::now_v7().simple());
        let engine = match backing {
            Backing::Sqlite => Engine::Sqlite,
            Backing::Postgres => Engine::Postgres { url: server() },
        };
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            engine,
            removal: format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE application_name = '{name}'; DROP SCHEMA IF EXISTS {name} CASCADE"
            ),
            name,
        }
    }

    /// A place for any number of databases, whatever they are called.
    ///
    /// # Panics
    /// When there is no room for it: in a test that is a failure.
    #[must_use]
    pub fn server(backing: Backing) -> Self {
        let mut scratch = Self::schema(backing);
        if let Engine::Postgres { url } = &mut scratch.engine {
            execute(url, format!("CREATE DATABASE {}", scratch.name));
            let (before, _) = url.rsplit_once('/').expect("the URL names a database");
            *url = format!("{before}/{}", scratch.name);
            scratch.removal = format!("DROP DATABASE {} WITH (FORCE)", scratch.name);
        }
        scratch
    }

    /// Opens the one database.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open(&self) -> Result<Database, StoreError> {
        Database::open(&self.engine, self.folder(), &self.name).await
    }

    /// Where the rows go.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The name of the one database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A folder for what is not on the server.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if matches!(self.engine, Engine::Postgres { .. }) {
            execute(&server(), std::mem::take(&mut self.removal));
        }
    }
}

fn server() -> String {
    std::env::var(SERVER).expect("PostgreSQL takes part in the tests")
}

/// Runs a statement outside of the runtime of the test, which may be ending.
fn execute(url: &str, what: String) {
    let options = PgConnectOptions::from_str(url).expect("the URL is one of PostgreSQL");
    let work = move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async {
            let mut connection = options.connect().await?;
            connection.execute(AssertSqlSafe(what)).await
        })
    };
    let done = std::thread::spawn(work).join();
    done.expect("nobody panics")
        .expect("the server runs the statement");
}
