//! Undoing a purchase that cannot be completed, now or after its process has died.

use crate::service::{Answer, Service};
use crate::settings::ms;
use crate::store;
use shop_contracts::inventory::Release;
use shop_contracts::order::{Order, OrderCancelled, OrderError, OrderStatus};
use shop_contracts::payment::{Abandon, PaymentError, PaymentStatus, Refund};
use shop_contracts::{OrderId, PaymentId};
use shop_platform::{Call, CallError, Publish as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How many abandoned purchases are undone in one round.
const AT_ONCE: u32 = 50;
/// How long undoing one of them may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Service {
    /// Gives back whatever a pending order may have taken, and marks it as failed; false when
    /// another process has settled it. Nothing is assumed about which steps had been taken: undoing
    /// what never happened changes nothing. A parcel is cancelled by a fact, which is published
    /// only when one may have been booked.
    ///
    /// The process that places the order may be frozen instead of dead, and go on at any time. So
    /// nothing is given back before it is on record that the order cannot be paid any more.
    pub(crate) async fn undo(&self, call: &Call, order: &Order, shipped: bool) -> Answer<bool> {
        let mut transaction = self.store.amend(call).await?;
        let pending = store::bar(&mut transaction, &order.order_id).await?;
        transaction.commit().await?;
        if !pending {
            return Ok(false);
        }
        let (money, stock) = tokio::join!(
            self.return_money(call, &order.order_id, order.payment_id.as_ref()),
            self.return_stock(call, &order.order_id),
        );
        money.and(stock)?;
        let mut transaction = self.store.write(call).await?;
        let (from, to) = (OrderStatus::Pending, OrderStatus::Failed);
        let ours = store::advance(&mut transaction, &order.order_id, from, to).await?;
        if ours && shipped {
            transaction
                .publish(&order.order_id, &called_off(order))
                .await?;
        }
        transaction.commit().await?;
        Ok(ours)
    }

    /// Lets a held amount go, and pays a captured one back.
    async fn return_money(
        &self,
        call: &Call,
        order_id: &OrderId,
        payment_id: Option<&PaymentId>,
    ) -> Answer<()> {
        let reference = order_id.to_string();
        let abandoned = self.caller.call(call, Abandon { reference }).await;
        match (abandoned, payment_id) {
            (
                Err(CallError::Domain(PaymentError::WrongStatus {
                    status: PaymentStatus::Captured | PaymentStatus::Refunded,
                })),
                Some(payment_id),
            ) => self.pay_back(call, payment_id).await,
            (other, _) => Ok(other?),
        }
    }

    /// Pays a captured amount back, once. A partner system may have done so before.
    pub(crate) async fn pay_back(&self, call: &Call, payment_id: &PaymentId) -> Answer<()> {
        let refund = Refund {
            payment_id: payment_id.clone(),
            reference: "order-cancelled".to_owned(),
            amount: None,
        };
        match self.caller.call(call, refund).await {
            Err(CallError::Domain(PaymentError::WrongStatus {
                status: PaymentStatus::Refunded,
            })) => Ok(()),
            // Captured, and yet nothing of it is left: a partner's refund is on its way.
            Err(CallError::Domain(PaymentError::InvalidAmount)) => {
                Err(OrderError::RefundUnderWay.into())
            }
            other => Ok(other.map(drop)?),
        }
    }

    pub(crate) async fn return_stock(&self, call: &Call, order_id: &OrderId) -> Answer<()> {
        let order_id = order_id.clone();
        Ok(self.caller.call(call, Release { order_id }).await?)
    }
}

/// The fact for shipping and the customer.
pub(crate) fn called_off(order: &Order) -> OrderCancelled {
    OrderCancelled {
        order_id: order.order_id.clone(),
        customer_id: order.customer_id.clone(),
        total: order.price.total,
    }
}

/// Undoes purchases whose process died half-way, until the shutdown.
pub(crate) async fn look_for_dead(service: Arc<Service>, shutdown: CancellationToken) {
    loop {
        service.undo_dead().await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(service.settings.look_every) => {}
        }
    }
}

impl Service {
    async fn undo_dead(&self) {
        let before_ms = self.clock.now_ms() - ms(self.settings.dead_after, i64::MAX);
        let call = Call::unobserved(PATIENCE);
        let dead = store::pending(&self.store, &call, before_ms, AT_ONCE).await;
        for order in dead.unwrap_or_default() {
            let call = Call::unobserved(PATIENCE);
            let order_id = &order.order_id;
            match self.undo(&call, &order, true).await {
                Ok(true) => tracing::info!(%order_id, "a dead purchase was undone"),
                Ok(false) => tracing::info!(%order_id, "a dead purchase is settled by now"),
                Err(error) => tracing::warn!(%order_id, %error, "a dead purchase is left"),
            }
        }
    }
}
