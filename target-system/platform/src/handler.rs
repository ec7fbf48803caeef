//! What a context writes: one handler for each call it answers, one listener for each fact it
//! hears.

use crate::{Call, Failure, StoreError, Transaction};
use shop_contracts::{Fact, Rpc};

/// Answers one kind of call. Implement it with a plain `async fn handle`.
pub trait Handle<R: Rpc>: Send + Sync + 'static {
    fn handle(
        &self,
        call: &Call,
        request: R,
    ) -> impl Future<Output = Result<R::Reply, Failure<R::Error>>> + Send;
}

/// Hears one kind of fact. The platform opens the transaction, has noted in it that the fact was
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

/// Hears one kind of fact where the platform has no transaction to note it in: the listener notes
/// the id of this happening in the very step that takes effect, and does nothing if it is noted.
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
