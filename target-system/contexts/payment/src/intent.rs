//! A payment intent and its rules. Pure; it must not know the store.

use shop_contracts::payment::{Payment, PaymentError, PaymentStatus};
use shop_contracts::{Cents, PaymentId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub payment_id: PaymentId,
    pub reference: String,
    pub status: PaymentStatus,
    pub amount: Cents,
    /// The refunded amount, including refunds in progress.
    pub refunded: Cents,
    pub card_last_four: String,
    /// The provider's id of the hold.
    pub hold_id: Option<String>,
    pub decline_reason: Option<String>,
    pub created_ms: i64,
}

impl Intent {
    /// The hold, of an intent whose status requires one.
    pub(crate) fn hold_id(&self) -> Result<String, PaymentError> {
        self.hold_id.clone().ok_or_else(|| self.wrong_status())
    }

    pub(crate) fn wrong_status(&self) -> PaymentError {
        PaymentError::WrongStatus {
            status: self.status,
        }
    }

    /// The amount of a refund: the requested one, or all that is left.
    pub(crate) fn refundable(&self, requested: Option<Cents>) -> Result<Cents, PaymentError> {
        if !matches!(self.status, PaymentStatus::Captured) {
            return Err(self.wrong_status());
        }
        let left = self.amount - self.refunded;
        let amount = requested.unwrap_or(left);
        if amount <= Cents(0) || amount > left {
            return Err(PaymentError::InvalidAmount);
        }
        Ok(amount)
    }
}

impl From<Intent> for Payment {
    fn from(intent: Intent) -> Self {
        Self {
            payment_id: intent.payment_id,
            reference: intent.reference,
            status: intent.status,
            amount: intent.amount,
            refunded: intent.refunded,
            card_last_four: intent.card_last_four,
            created_ms: intent.created_ms,
        }
    }
}
