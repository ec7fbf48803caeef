//! Taking the held amount.

use crate::{Answer, Service, ledger, store};
use shop_contracts::payment::{Capture, PaymentCaptured, PaymentStatus};
use shop_contracts::provider::Settle;
use shop_platform::{Call, Handle};

impl Handle<Capture> for Service {
    async fn handle(&self, call: &Call, request: Capture) -> Answer {
        let mut intent = self.intent(call, &request.payment_id).await?;
        match intent.status {
            PaymentStatus::Authorised => {}
            PaymentStatus::Captured | PaymentStatus::Refunded => return Ok(intent.into()),
            _ => return Err(intent.wrong_status().into()),
        }
        let key = format!("{}/settle", intent.payment_id);
        self.caller
            .call(
                call,
                Settle {
                    key,
                    hold_id: intent.hold_id()?,
                },
            )
            .await?;
        intent.status = PaymentStatus::Captured;
        let mut transaction = self.store.write(call).await?;
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
        Ok(intent.into())
    }
}
