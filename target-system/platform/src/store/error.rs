//! How a store fails.

use shop_contracts::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("reach the database in time")]
    Deadline,
    #[error("run `{sql}`: {source}")]
    Query { sql: String, source: sqlx::Error },
    #[error("open the database: {0}")]
    Connect(#[source] sqlx::Error),
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
}

impl StoreError {
    /// What to tell a caller.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Deadline => ErrorCode::Deadline,
            Self::Connect(_) => ErrorCode::Unavailable,
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
}
