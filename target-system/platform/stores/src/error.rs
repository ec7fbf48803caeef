//! How a store fails, and what kind of failure that is.

use shop_calls::{Failure, RemoteError};
use shop_contracts::{DomainError, ErrorCode};
use std::time::Duration;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("reach the database in time")]
    Deadline,
    #[error("run `{}`: {source}", beginning(sql))]
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
    /// Not a conflict of transactions (`is_conflict`): another run would find the claim taken as
    /// well.
    #[error("answer under an idempotency key whose claim another request has taken over")]
    Overtaken,
}

/// Enough of a statement to know it by; one that inserts many rows is long.
fn beginning(sql: &str) -> String {
    const ENOUGH: usize = 200;
    match sql.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}...", &sql[..end]),
        None => sql.to_owned(),
    }
}

impl StoreError {
    /// The code that a caller gets.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Deadline => ErrorCode::Deadline,
            Self::Connect(_) | Self::Absent { .. } => ErrorCode::Unavailable,
            Self::Nul => ErrorCode::Invalid,
            Self::Overtaken => ErrorCode::Conflict,
            // It may have been worth another run, but waiting does not take the row away.
            _ if self.is_duplicate() => ErrorCode::Internal,
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

    /// Whether the transaction lost against others that ran at the same time, and would succeed
    /// on its own: PostgreSQL's serialization failure, deadlock, and a row that another
    /// transaction inserted after this transaction had looked for it.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(
            self.sqlstate().as_deref(),
            Some("40001" | "40P01" | "23505")
        )
    }

    /// Whether the connection is broken, or the server is shutting down or starting.
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

impl From<StoreError> for RemoteError {
    fn from(error: StoreError) -> Self {
        Self::own(error.code(), error.to_string())
    }
}

impl<E: DomainError> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
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

#[cfg(test)]
mod tests {
    use super::{ErrorCode, StoreError};
    use sqlx::error::{DatabaseError, ErrorKind};
    use std::borrow::Cow;
    use std::error::Error;

    /// What PostgreSQL says of a key that is there already.
    #[derive(Debug, thiserror::Error)]
    #[error("duplicate key")]
    struct Duplicate;

    impl DatabaseError for Duplicate {
        fn message(&self) -> &str {
            "duplicate key"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(Cow::Borrowed("23505"))
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::UniqueViolation
        }
    }

    #[test]
    fn a_duplicate_key_is_worth_another_run_but_reported_as_internal() {
        let error = StoreError::Query {
            sql: "INSERT".to_owned(),
            source: sqlx::Error::Database(Box::new(Duplicate)),
        };
        assert!(error.is_conflict());
        assert_eq!(error.code(), ErrorCode::Internal);
    }

    #[test]
    fn a_long_statement_is_shortened_in_messages() {
        let error = StoreError::Query {
            sql: "INSERT ".repeat(100),
            source: sqlx::Error::RowNotFound,
        };
        assert!(error.to_string().len() < 300, "{error}");
    }

    #[test]
    fn a_claim_that_was_taken_over_is_a_conflict_that_another_run_would_not_resolve() {
        assert_eq!(StoreError::Overtaken.code(), ErrorCode::Conflict);
        assert!(!StoreError::Overtaken.is_conflict());
    }
}
