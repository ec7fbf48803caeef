//! Compensating a purchase that cannot be completed, now or after its process has died.

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

/// How many abandoned purchases a sweep compensates.
const BATCH: u32 = 50;
/// Timeout of the compensation of one of them.
const PATIENCE: Duration = Duration::from_secs(5);

impl Service {
    /// Compensates every step of a pending order and marks it as failed; false when another process
    /// has completed it. It does not matter which steps were done: compensating a step that never
    /// happened changes nothing. A fact cancels the parcel; it is published only when a parcel may
    /// have been booked.
    ///
    /// The process that places the order may be paused instead of dead, and continue at any time.
    /// So nothing is compensated before it is recorded that the order cannot be paid any more.
    pub(crate) async fn compensate(
        &self,
        call: &Call,
        order: &Order,
        shipped: bool,
    ) -> Answer<bool> {
        let mut transaction = self.store.amend(call).await?;
        let pending = store::begin_compensation(&mut transaction, &order.order_id).await?;
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
        let changed = store::advance(&mut transaction, &order.order_id, from, to).await?;
        if changed && shipped {
            transaction
                .publish(&order.order_id, &cancelled(order))
                .await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// Releases an authorised amount, and refunds a captured one.
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
            ) => self.refund(call, payment_id).await,
            (other, _) => Ok(other?),
        }
    }

    /// Refunds a captured amount, once. A partner system may have refunded it before.
    pub(crate) async fn refund(&self, call: &Call, payment_id: &PaymentId) -> Answer<()> {
        let refund = Refund {
            payment_id: payment_id.clone(),
            reference: "order-cancelled".to_owned(),
            amount: None,
        };
        match self.caller.call(call, refund).await {
            Err(CallError::Domain(PaymentError::WrongStatus {
                status: PaymentStatus::Refunded,
            })) => Ok(()),
            // Captured and nothing of it is left: the refund of a partner is in progress.
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
pub(crate) fn cancelled(order: &Order) -> OrderCancelled {
    OrderCancelled {
        order_id: order.order_id.clone(),
        customer_id: order.customer_id.clone(),
        total: order.price.total,
    }
}

/// Compensates purchases whose process has died, until the shutdown.
pub(crate) async fn sweep(service: Arc<Service>, shutdown: CancellationToken) {
    loop {
        service.compensate_abandoned().await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(service.settings.look_every) => {}
        }
    }
}

impl Service {
    async fn compensate_abandoned(&self) {
        let before_ms = self.clock.now_ms() - ms(self.settings.dead_after, i64::MAX);
        let call = Call::unobserved(PATIENCE);
        let abandoned = store::pending(&self.store, &call, before_ms, BATCH).await;
        for order in abandoned.unwrap_or_default() {
            let call = Call::unobserved(PATIENCE);
            let order_id = &order.order_id;
            match self.compensate(&call, &order, true).await {
                Ok(true) => tracing::info!(%order_id, "an abandoned purchase was compensated"),
                Ok(false) => {
                    tracing::info!(%order_id, "an abandoned purchase was completed meanwhile")
                }
                Err(error) => {
                    tracing::warn!(%order_id, %error, "failed to compensate an abandoned purchase")
                }
            }
        }
    }
}
