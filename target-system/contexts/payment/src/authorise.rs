//! Authorising an amount on a card, and releasing it.

use crate::intent::Intent;
use crate::{Answer, Service, store};
use shop_contracts::payment::{Abandon, Authorise, PaymentError, PaymentStatus, Void};
use shop_contracts::provider::{Held, Hold, LetGo, ProviderError};
use shop_contracts::{Cents, PaymentId};
use shop_platform::{Call, CallError, Handle};
use uuid::Uuid;

impl Handle<Authorise> for Service {
    async fn handle(&self, call: &Call, request: Authorise) -> Answer {
        if request.amount <= Cents(0) {
            return Err(PaymentError::InvalidAmount.into());
        }
        if !request.card.number.is_plausible() {
            return Err(PaymentError::InvalidCard.into());
        }
        let intent = self.record_intent(call, &request).await?;
        if intent.status == PaymentStatus::Pending {
            let held = self.hold(call, &intent, &request).await?;
            return self.record_hold(call, intent, held).await;
        }
        outcome(intent)
    }
}

impl Handle<Void> for Service {
    async fn handle(&self, call: &Call, request: Void) -> Answer {
        let intent = self.intent(call, &request.payment_id).await?;
        Ok(self.void(call, intent).await?.into())
    }
}

impl Handle<Abandon> for Service {
    async fn handle(&self, call: &Call, request: Abandon) -> Answer<()> {
        let mut transaction = self.store.write(call).await?;
        let intent = match store::by_reference(&mut transaction, &request.reference).await? {
            Some(intent) => intent,
            None => {
                let tombstone = self.fresh(request.reference, PaymentStatus::Voided);
                store::insert(&mut transaction, &tombstone).await?;
                tombstone
            }
        };
        transaction.commit().await?;
        match intent.status {
            PaymentStatus::Declined => Ok(()),
            _ => self.void(call, intent).await.map(drop),
        }
    }
}

impl Service {
    /// Records the intention, or returns the existing one.
    async fn record_intent(&self, call: &Call, request: &Authorise) -> Answer<Intent> {
        let mut transaction = self.store.write(call).await?;
        if let Some(known) = store::by_reference(&mut transaction, &request.reference).await? {
            let same = known.amount == request.amount || known.status == PaymentStatus::Voided;
            return if same {
                Ok(known)
            } else {
                Err(PaymentError::ReferenceReused.into())
            };
        }
        let intent = Intent {
            amount: request.amount,
            card_last_four: request.card.number.last_four().to_owned(),
            ..self.fresh(request.reference.clone(), PaymentStatus::Pending)
        };
        store::insert(&mut transaction, &intent).await?;
        transaction.commit().await?;
        Ok(intent)
    }

    fn fresh(&self, reference: String, status: PaymentStatus) -> Intent {
        Intent {
            payment_id: PaymentId(Uuid::now_v7().to_string()),
            reference,
            status,
            amount: Cents(0),
            refunded: Cents(0),
            card_last_four: String::new(),
            hold_id: None,
            decline_reason: None,
            created_ms: self.clock.now_ms(),
        }
    }

    /// Calls the provider; the outer error means that there was no answer.
    async fn hold(
        &self,
        call: &Call,
        intent: &Intent,
        request: &Authorise,
    ) -> Answer<Result<Held, ProviderError>> {
        let hold = Hold {
            key: format!("{}/hold", intent.payment_id),
            amount: intent.amount,
            card: request.card.number.clone(),
        };
        match self.caller.call(call, hold).await {
            Ok(held) => Ok(Ok(held)),
            Err(CallError::Domain(refusal)) => Ok(Err(refusal)),
            Err(remote @ CallError::Remote(_)) => Err(remote.into()),
        }
    }

    /// Records the provider's answer. If the intent was voided meanwhile, the hold is released.
    async fn record_hold(
        &self,
        call: &Call,
        mut intent: Intent,
        held: Result<Held, ProviderError>,
    ) -> Answer {
        match held {
            Ok(held) => {
                intent.status = PaymentStatus::Authorised;
                intent.hold_id = Some(held.hold_id);
            }
            Err(refusal) => {
                intent.status = PaymentStatus::Declined;
                intent.decline_reason = Some(reason(refusal));
            }
        }
        let mut transaction = self.store.amend(call).await?;
        let recorded = store::advance(&mut transaction, &intent, PaymentStatus::Pending).await?;
        transaction.commit().await?;
        if recorded {
            return outcome(intent);
        }
        let current = self.intent(call, &intent.payment_id).await?;
        if current.status == PaymentStatus::Voided && intent.hold_id.is_some() {
            self.release(call, &intent).await?;
        }
        outcome(current)
    }

    /// Voids an intent that holds an amount or may still come to hold one.
    async fn void(&self, call: &Call, mut intent: Intent) -> Answer<Intent> {
        let from = intent.status;
        match from {
            PaymentStatus::Voided => return Ok(intent),
            PaymentStatus::Pending => {}
            PaymentStatus::Authorised => {
                if !self.release(call, &intent).await? {
                    return Err(self.settle(call, intent).await?.wrong_status().into());
                }
            }
            _ => return Err(intent.wrong_status().into()),
        }
        intent.status = PaymentStatus::Voided;
        let mut transaction = self.store.amend(call).await?;
        let recorded = store::advance(&mut transaction, &intent, from).await?;
        transaction.commit().await?;
        if recorded {
            return Ok(intent);
        }
        let current = self.intent(call, &intent.payment_id).await?;
        match current.status {
            // The provider's answer arrived in between; its hold is voided now.
            PaymentStatus::Authorised => Box::pin(self.void(call, current)).await,
            PaymentStatus::Voided => Ok(current),
            _ => Err(current.wrong_status().into()),
        }
    }

    /// False when the amount was captured, but the process died before it recorded that.
    async fn release(&self, call: &Call, intent: &Intent) -> Answer<bool> {
        let request = LetGo {
            key: format!("{}/let-go", intent.payment_id),
            hold_id: intent.hold_id()?,
        };
        match self.caller.call(call, request).await {
            Err(CallError::Domain(ProviderError::WrongStatus { .. })) => Ok(false),
            other => Ok(other.map(|()| true)?),
        }
    }
}

/// The answer to an authorisation that the provider has answered.
fn outcome(intent: Intent) -> Answer {
    match intent.status {
        PaymentStatus::Declined => {
            let reason = intent.decline_reason.unwrap_or_default();
            Err(PaymentError::Declined { reason }.into())
        }
        PaymentStatus::Voided => Err(intent.wrong_status().into()),
        _ => Ok(intent.into()),
    }
}

fn reason(refusal: ProviderError) -> String {
    match refusal {
        ProviderError::Declined { reason } => reason,
        other => other.to_string(),
    }
}
