//! The errors of the index.

use std::io;

/// Why an operation on the index failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error("use the index: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("read or write the index's files: {0}")]
    Files(#[from] io::Error),
    #[error("read a product: {0}")]
    Product(#[from] serde_json::Error),
}
