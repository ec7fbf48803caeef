//! How a store fails, and what kind of failure that is.

use shop_contracts::ErrorCode;
use std::time::Duration;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("reach the database in time")]
    Deadline,
    #[error("run `{sql}`: {source}")]
    Query { sql: String, source: sqlx::Error },
    #[error("open the database: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("reach PostgreSQL at {address} within {waited:?}: {source}")]
    Absent {
        address: String,
        waited: Duration,
        source: sqlx::Error,
    },
    #[error("keep a text with a NUL character")]
    Nul,
    #[error("use a store of the scheme `{scheme}`: known is {known}")]
    Scheme { scheme: String, known: &'static str },
    #[error("use the keys on Redis: {0}")]
    Keys(#[source] redis::RedisError),
    #[error("read column `{column}`: {reason}")]
    Column { column: String, reason: String },
    #[error("encode a value: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("migrate {context} to version {version}: {source}")]
    Migrate {
        context: &'static str,
        version: usize,
        source: sqlx::Error,
    },
    #[error("fill {table}: {source}")]
    Fill { table: String, source: sqlx::Error },
    #[error("use a database that was seeded for the world {there}, not for {asked}")]
    OtherWorld { there: String, asked: String },
}

impl StoreError {
    /// What to tell a caller.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Deadline => ErrorCode::Deadline,
            Self::Connect(_) | Self::Absent { .. } => ErrorCode::Unavailable,
            Self::Nul => ErrorCode::Invalid,
            Self::Keys(error) if is_away(error) => ErrorCode::Unavailable,
            _ if self.is_conflict() || self.is_cut() || self.is_short() => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        }
    }

    /// Whether a unique constraint was violated.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        let Self::Query { source, .. } = self else {
            return false;
        };
        source
            .as_database_error()
            .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    /// Whether the transaction lost against others that ran at the same time, and would fare
    /// better on its own: PostgreSQL's serialization failure, deadlock, and a row that somebody
    /// else inserted after this transaction had looked for it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self.sqlstate().as_deref(),
            Some("40001" | "40P01" | "23505")
        )
    }

    /// Whether the connection is gone, or the server is going.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let (Self::Query { source, .. } | Self::Connect(source)) = self else {
            return false;
        };
        // Connection exceptions, a server that shuts down or starts, a session that idled.
        let cut = |state: &str| {
            ["08", "57P", "25P03"]
                .iter()
                .any(|of| state.starts_with(of))
        };
        matches!(source, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
            || self.sqlstate().is_some_and(|state| cut(&state))
    }

    /// Whether the server lacks memory, disk or connections just now.
    fn is_short(&self) -> bool {
        self.sqlstate().is_some_and(|state| state.starts_with("53"))
    }

    /// The five characters by which PostgreSQL names an error; SQLite's codes are shorter.
    fn sqlstate(&self) -> Option<String> {
        let (Self::Query { source, .. } | Self::Connect(source)) = self else {
            return None;
        };
        let code = source.as_database_error()?.code()?;
        (code.len() == 5).then(|| code.into_owned())
    }
}

/// Whether Redis cannot answer just now: it is out of reach, or loads, fails over or is full.
fn is_away(error: &redis::RedisError) -> bool {
    const JUST_NOW: [&str; 6] = [
        "BUSY",
        "LOADING",
        "MASTERDOWN",
        "OOM",
        "READONLY",
        "TRYAGAIN",
    ];
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_connection_refusal()
        || error.code().is_some_and(|code| JUST_NOW.contains(&code))
}
