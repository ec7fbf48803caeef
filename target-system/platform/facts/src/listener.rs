//! What a context writes for each fact that it hears.

use shop_calls::{Call, RemoteError};
use shop_contracts::{ErrorCode, Fact};
use shop_stores::{StoreError, Transaction};

/// Hears one kind of fact. The platform opens the transaction, records in it that the fact was
/// heard, and commits it afterwards; what the listener writes into it therefore happens exactly
/// once, although the fact may be delivered more often. Effects outside the transaction must be
/// idempotent by themselves.
pub trait Listen<F: Fact>: Send + Sync + 'static {
    fn hear(
        &self,
        transaction: &mut Transaction,
        fact: F,
    ) -> impl Future<Output = Result<(), ListenError>> + Send;
}

/// Hears one kind of fact where there is no transaction of the platform: the listener records the
/// id of the fact in the very step that takes effect, and does nothing if it is recorded already.
pub trait HearOnce<F: Fact>: Send + Sync + 'static {
    fn hear_once(
        &self,
        call: &Call,
        id: &str,
        fact: F,
    ) -> impl Future<Output = Result<(), ListenError>> + Send;
}

/// Why a fact could not be taken in; it will be delivered again.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("keep what was heard: {0}")]
    Store(#[from] StoreError),
    #[error("take effect: {0}")]
    Effect(String),
}

impl From<ListenError> for RemoteError {
    fn from(error: ListenError) -> Self {
        match error {
            ListenError::Store(error) => error.into(),
            ListenError::Effect(reason) => Self::own(ErrorCode::Internal, reason),
        }
    }
}
