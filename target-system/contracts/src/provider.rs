//! provider: the external payment provider, as payment uses it. The key of each request names the
//! operation: the same key again returns the first answer.

use crate::{CardNumber, Cents, Context, DomainError, Effect, ErrorCode, Rpc};
use serde::{Deserialize, Serialize};

/// Holds an amount on a card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hold {
    pub key: String,
    pub amount: Cents,
    pub card: CardNumber,
}

impl Rpc for Hold {
    type Reply = Held;
    type Error = ProviderError;
    const CONTEXT: Context = Context::Provider;
    const NAME: &'static str = "Hold";
    const EFFECT: Effect = Effect::Idempotent;
}

/// The provider's id of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub hold_id: String,
}

/// Captures a held amount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settle {
    pub key: String,
    pub hold_id: String,
}

impl Rpc for Settle {
    type Reply = ();
    type Error = ProviderError;
    const CONTEXT: Context = Context::Provider;
    const NAME: &'static str = "Settle";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Releases a held amount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LetGo {
    pub key: String,
    pub hold_id: String,
}

impl Rpc for LetGo {
    type Reply = ();
    type Error = ProviderError;
    const CONTEXT: Context = Context::Provider;
    const NAME: &'static str = "LetGo";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Refunds settled money, in whole or in part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PayBack {
    pub key: String,
    pub hold_id: String,
    pub amount: Cents,
}

impl Rpc for PayBack {
    type Reply = ();
    type Error = ProviderError;
    const CONTEXT: Context = Context::Provider;
    const NAME: &'static str = "PayBack";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Why the provider refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ProviderError {
    #[error("{reason}")]
    Declined { reason: String },
    #[error("there is no such hold")]
    UnknownHold,
    #[error("a hold that is {status} does not allow this")]
    WrongStatus { status: String },
    #[error("the amount must be above zero and at most what is left")]
    InvalidAmount,
    #[error("the key was used for another request")]
    KeyReused,
}

impl DomainError for ProviderError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Declined { .. } => ErrorCode::PaymentRequired,
            Self::UnknownHold => ErrorCode::NotFound,
            Self::WrongStatus { .. } => ErrorCode::Conflict,
            Self::InvalidAmount => ErrorCode::Invalid,
            Self::KeyReused => ErrorCode::IdempotencyKeyReused,
        }
    }
}
