//! What a context writes for each call that it answers.

use crate::{Call, Failure};
use shop_contracts::Rpc;

/// Answers one kind of call. Implement it with a plain `async fn handle`.
pub trait Handle<R: Rpc>: Send + Sync + 'static {
    fn handle(
        &self,
        call: &Call,
        request: R,
    ) -> impl Future<Output = Result<R::Reply, Failure<R::Error>>> + Send;
}
