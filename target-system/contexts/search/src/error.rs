//! What can go wrong with the index.

use std::io;

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error("use the index: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("reach the index's files: {0}")]
    Files(#[from] io::Error),
    #[error("read a product: {0}")]
    Product(#[from] serde_json::Error),
}
