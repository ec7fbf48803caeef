//! Capturing the held amount.

use crate::intent::Intent;
use crate::{Answer, Service, ledger, store};
use shop_contracts::payment::{Capture, PaymentCaptured, PaymentStatus};
use shop_contracts::provider::Settle;
use shop_platform::{Call, Handle, Publish as _};

impl Handle<Capture> for Service {
    async fn handle(&self, call: &Call, request: Capture) -> Answer {
        let intent = self.intent(call, &request.payment_id).await?;
        match intent.status {
            PaymentStatus::Authorised => Ok(self.settle(call, intent).await?.into()),
            PaymentStatus::Captured | PaymentStatus::Refunded => Ok(intent.into()),
            _ => Err(intent.wrong_status().into()),
        }
    }
}

impl Service {
    /// Captures the amount and records that; if it was captured before, the provider repeats its
    /// answer.
    pub(crate) async fn settle(&self, call: &Call, mut intent: Intent) -> Answer<Intent> {
        let settle = Settle {
            key: format!("{}/settle", intent.payment_id),
            hold_id: intent.hold_id()?,
        };
        self.caller.call(call, settle).await?;
        intent.status = PaymentStatus::Captured;
        let mut transaction = self.store.amend(call).await?;
        if store::advance(&mut transaction, &intent, PaymentStatus::Authorised).await? {
            let posting = ledger::capture(&intent.payment_id, intent.amount);
            store::post(&mut transaction, &posting, self.clock.now_ms()).await?;
            let captured = PaymentCaptured {
                payment_id: intent.payment_id.clone(),
                reference: intent.reference.clone(),
                amount: intent.amount,
            };
            transaction.publish(&intent.payment_id, &captured).await?;
        }
        transaction.commit().await?;
        Ok(intent)
    }
}
