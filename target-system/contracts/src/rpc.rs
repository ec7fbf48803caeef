//! The two kinds of messages between contexts: a call that is answered, a fact that is heard.

use crate::{Context, DomainError};
use serde::{Serialize, de::DeserializeOwned};

/// What happens when the same request arrives twice. It decides what may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something, and a second time changes nothing more.
    Idempotent,
    /// A second time would do it again; only an idempotency key makes it safe.
    Once,
}

impl Effect {
    /// Whether the caller may send the request again without asking anybody.
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
    /// What a repetition does.
    const EFFECT: Effect;
}

/// Something that has happened in a context and that others may care about.
pub trait Fact: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The context it happened in.
    const CONTEXT: Context;
    /// The name within the context, as in `order/OrderPlaced`.
    const NAME: &'static str;
}

/// A fact by name: the context it happens in and what it is called.
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
