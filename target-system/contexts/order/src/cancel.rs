//! Cancelling a paid order.

use crate::compensate::cancelled;
use crate::service::{Answer, Service};
use crate::store;
use shop_contracts::order::{Cancel, Order, OrderError, OrderStatus};
use shop_platform::{Call, Handle, Publish as _};

impl Handle<Cancel> for Service {
    /// Money first, stock second, and the fact last, so that listeners can rely on both. A
    /// repetition after a failure continues from there, because each part happens once.
    async fn handle(&self, call: &Call, request: Cancel) -> Answer {
        let order = self.order(call, &request.order_id).await?;
        match order.status {
            OrderStatus::Cancelled => return Ok(order),
            OrderStatus::Paid => {}
            status => return Err(OrderError::CannotCancel { status }.into()),
        }
        if let Some(payment_id) = &order.payment_id {
            self.refund(call, payment_id).await?;
        }
        self.return_stock(call, &order.order_id).await?;
        let mut transaction = self.store.write(call).await?;
        let (from, to) = (OrderStatus::Paid, OrderStatus::Cancelled);
        if store::advance(&mut transaction, &order.order_id, from, to).await? {
            transaction
                .publish(&order.order_id, &cancelled(&order))
                .await?;
        }
        transaction.commit().await?;
        Ok(Order {
            status: to,
            ..order
        })
    }
}
