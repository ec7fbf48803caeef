//! The names of the exchange and the queues at the broker.

use shop_contracts::Context;
use std::sync::Arc;

/// Names that begin with a prefix of the shop.
#[derive(Clone)]
pub(super) struct Names(Arc<str>);

impl Names {
    pub(super) fn with(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// Where facts are published; the routing key is the listener.
    pub(super) fn exchange(&self) -> String {
        format!("{}.facts", self.0)
    }

    /// Where a listener's facts wait.
    pub(super) fn queue(&self, listener: Context) -> String {
        format!("{}.{listener}", self.0)
    }

    /// Where facts end that a listener could not take in.
    pub(super) fn dead_letters(&self, listener: Context) -> String {
        format!("{}.{listener}.dead", self.0)
    }
}
