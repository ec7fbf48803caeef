//! The two kinds of messages between contexts: calls, which are answered, and facts, which are
//! delivered to listeners.

use crate::{Context, DomainError};
use serde::{Serialize, de::DeserializeOwned};

/// What a request does when it arrives twice. It decides what may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something; a repetition changes nothing more.
    Idempotent,
    /// A repetition would do it again; only an idempotency key makes a retry safe.
    Once,
}

impl Effect {
    /// Whether a request without an idempotency key may be retried.
    #[must_use]
    pub const fn repeatable(self) -> bool {
        matches!(self, Self::Read | Self::Idempotent)
    }
}

/// A request. Its type determines which context answers it, and with what.
pub trait Rpc: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    type Reply: Serialize + DeserializeOwned + Send + Sync + 'static;
    type Error: DomainError;

    /// The context that answers.
    const CONTEXT: Context;
    /// The name within the context, as in `order/Place`.
    const NAME: &'static str;
    /// The effect of a repetition.
    const EFFECT: Effect;
}

/// Something that has happened in a context and that other contexts may listen to.
pub trait Fact: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The context it happened in.
    const CONTEXT: Context;
    /// The name within the context, as in `order/OrderPlaced`.
    const NAME: &'static str;
}

/// A fact by name, with the context that it happens in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FactName {
    pub context: Context,
    pub name: &'static str,
}

/// The name of a fact type.
#[must_use]
pub const fn fact<F: Fact>() -> FactName {
    FactName {
        context: F::CONTEXT,
        name: F::NAME,
    }
}
