//! Refunding money, in whole or in part, once for each reference.

use crate::intent::Intent;
use crate::store::RefundRow;
use crate::{Answer, Service, ledger, store};
use shop_contracts::payment::{PaymentError, PaymentStatus, Refund};
use shop_contracts::provider::PayBack;
use shop_platform::{Call, CallError, Handle};

impl Handle<Refund> for Service {
    async fn handle(&self, call: &Call, request: Refund) -> Answer {
        let (intent, refund) = self.record_refund(call, &request).await?;
        if refund.done {
            return Ok(intent.into());
        }
        let pay_back = PayBack {
            key: format!("{}/refund/{}", intent.payment_id, refund.reference),
            hold_id: intent.hold_id()?,
            amount: refund.amount,
        };
        match self.caller.call(call, pay_back).await {
            Ok(()) => self.finish(call, intent, &refund).await,
            Err(remote @ CallError::Remote(_)) => Err(remote.into()),
            Err(CallError::Domain(_)) => {
                self.withdraw(call, intent, &refund).await?;
                Err(PaymentError::InvalidAmount.into())
            }
        }
    }
}

impl Service {
    /// Records the refund and reduces what is left, so that concurrent refunds cannot exceed the
    /// payment; or returns the existing refund with this reference.
    async fn record_refund(&self, call: &Call, request: &Refund) -> Answer<(Intent, RefundRow)> {
        let mut transaction = self.store.write(call).await?;
        let found = store::find_in(&mut transaction, &request.payment_id).await?;
        let mut intent = found.ok_or(PaymentError::UnknownPayment)?;
        let known = store::refund(&mut transaction, &request.payment_id, &request.reference);
        if let Some(refund) = known.await? {
            if request.amount.is_some_and(|amount| amount != refund.amount) {
                return Err(PaymentError::ReferenceReused.into());
            }
            return Ok((intent, refund));
        }
        let amount = intent.refundable(request.amount)?;
        let refund = RefundRow {
            payment_id: intent.payment_id.clone(),
            reference: request.reference.clone(),
            amount,
            done: false,
        };
        intent.refunded = intent.refunded + amount;
        store::insert_refund(&mut transaction, &refund).await?;
        store::advance(&mut transaction, &intent, PaymentStatus::Captured).await?;
        transaction.commit().await?;
        Ok((intent, refund))
    }

    async fn finish(&self, call: &Call, intent: Intent, refund: &RefundRow) -> Answer {
        let mut transaction = self.store.amend(call).await?;
        let fresh = store::finish_refund(&mut transaction, refund).await?;
        if fresh {
            let posting = ledger::refund(&refund.payment_id, &refund.reference, refund.amount);
            store::post(&mut transaction, &posting, self.clock.now_ms()).await?;
            store::close_if_refunded(&mut transaction, &intent.payment_id).await?;
        }
        transaction.commit().await?;
        Ok(self.intent(call, &intent.payment_id).await?.into())
    }

    /// Removes a refund that the provider refused; its amount is available again.
    async fn withdraw(&self, call: &Call, intent: Intent, refund: &RefundRow) -> Answer<()> {
        let mut transaction = self.store.amend(call).await?;
        if store::delete_refund(&mut transaction, refund).await? {
            store::reduce_refunded(&mut transaction, &intent.payment_id, refund.amount).await?;
        }
        Ok(transaction.commit().await?)
    }
}
