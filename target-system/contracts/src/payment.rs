//! payment: money authorised, captured and refunded, with a ledger that always balances.

use crate::{Card, Cents, Context, DomainError, Effect, ErrorCode, Fact, PaymentId, Rpc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Holds an amount on a card. The reference names the purchase: authorising the same reference
/// again returns the existing payment.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Authorise {
    pub reference: String,
    pub amount: Cents,
    pub card: Card,
}

impl Rpc for Authorise {
    type Reply = Payment;
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Authorise";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Captures the whole authorised amount.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Capture {
    pub payment_id: PaymentId,
}

impl Rpc for Capture {
    type Reply = Payment;
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Capture";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Refunds money. The reference names the refund within the payment, so that the same refund is
/// never paid twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    pub payment_id: PaymentId,
    pub reference: String,
    /// When absent, all that is left.
    #[serde(default)]
    pub amount: Option<Cents>,
}

impl Rpc for Refund {
    type Reply = Payment;
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Refund";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Releases an amount that is authorised and not yet captured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Void {
    pub payment_id: PaymentId,
}

impl Rpc for Void {
    type Reply = Payment;
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Void";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Releases whatever is or will be authorised under a reference. It compensates a purchase whose
/// [`Authorise`] was not answered: a late authorisation of the reference is refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Abandon {
    pub reference: String,
}

impl Rpc for Abandon {
    type Reply = ();
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Abandon";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Asks for a payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Get {
    pub payment_id: PaymentId,
}

impl Rpc for Get {
    type Reply = Payment;
    type Error = PaymentError;
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "Get";
    const EFFECT: Effect = Effect::Read;
}

/// The status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PaymentStatus {
    /// Sent to the provider, which has not answered yet.
    Pending,
    /// Held on the card.
    Authorised,
    /// Taken.
    Captured,
    /// Given back, all of it.
    Refunded,
    /// Released before it was taken.
    Voided,
    /// Refused by the provider.
    Declined,
}

impl PaymentStatus {
    const ALL: [Self; 6] = [
        Self::Pending,
        Self::Authorised,
        Self::Captured,
        Self::Refunded,
        Self::Voided,
        Self::Declined,
    ];

    /// The name on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Declined => "declined",
        }
    }

    /// The status of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A payment intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    pub payment_id: PaymentId,
    pub reference: String,
    pub status: PaymentStatus,
    pub amount: Cents,
    pub refunded: Cents,
    pub card_last_four: String,
    pub created_ms: i64,
}

/// Money was captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCaptured {
    pub payment_id: PaymentId,
    pub reference: String,
    pub amount: Cents,
}

impl Fact for PaymentCaptured {
    const CONTEXT: Context = Context::Payment;
    const NAME: &'static str = "PaymentCaptured";
}

/// Why payment refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PaymentError {
    #[error("the card number is not plausible")]
    InvalidCard,
    #[error("the amount must be above zero and at most what is left")]
    InvalidAmount,
    #[error("the card was declined: {reason}")]
    Declined { reason: String },
    #[error("there is no such payment")]
    UnknownPayment,
    #[error("a payment that is {} does not allow this", .status.name())]
    WrongStatus { status: PaymentStatus },
    #[error("the reference was used for another amount")]
    ReferenceReused,
}

impl DomainError for PaymentError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidCard | Self::InvalidAmount => ErrorCode::Invalid,
            Self::Declined { .. } => ErrorCode::PaymentRequired,
            Self::UnknownPayment => ErrorCode::NotFound,
            Self::WrongStatus { .. } => ErrorCode::Conflict,
            Self::ReferenceReused => ErrorCode::IdempotencyKeyReused,
        }
    }
}
