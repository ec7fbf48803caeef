//! Placing an order: the steps of the saga.

use crate::price::weight;
use crate::service::{Answer, Service};
use crate::settings::ms;
use crate::store;
use shop_contracts::inventory::{Commit, InventoryError, Reserve};
use shop_contracts::order::{Basket, Order, OrderError, OrderPlaced, OrderStatus, Place};
use shop_contracts::payment::{Authorise, Capture, PaymentError};
use shop_contracts::shipping::CreateShipment;
use shop_contracts::{Address, Card, ErrorCode, Line, OrderId, PaymentId, Tracking};
use shop_platform::{Begun, Call, CallError, Handle, Publish as _, RemoteError, Ticket};
use std::time::Duration;
use uuid::Uuid;

/// How long the idempotency key of a process that died stays claimed.
const LEASE: Duration = Duration::from_secs(30);
/// Timeout of a compensation while the customer waits; the rest is compensated later.
const COMPENSATION: Duration = Duration::from_secs(2);

impl Handle<Place> for Service {
    async fn handle(&self, call: &Call, request: Place) -> Answer {
        let ticket = match self.store.begin_once(call, &request, LEASE).await? {
            Begun::Answered(order) => return Ok(order),
            Begun::Fresh(ticket) => ticket,
        };
        let placed = self.place(call, &request, &ticket).await;
        if placed.is_err() {
            let patient = call.clone().outliving(COMPENSATION);
            // If this fails, too, the claim ends with its lease.
            let _ = ticket.give_up(&self.store, &patient).await;
        }
        placed
    }
}

impl Service {
    async fn place(&self, call: &Call, request: &Place, ticket: &Ticket) -> Answer {
        let lines = self.lines(call, &request.basket).await?;
        let price = self.price(call, lines, &request.address.country).await?;
        let mut order = Order {
            order_id: OrderId(Uuid::now_v7().to_string()),
            customer_id: request.customer_id.clone(),
            status: OrderStatus::Pending,
            price,
            payment_id: None,
            tracking: None,
            placed_ms: self.clock.now_ms(),
        };
        let mut transaction = self.store.amend(call).await?;
        store::insert(&mut transaction, &order).await?;
        transaction.commit().await?;
        match self.take_steps(call, &mut order, request).await {
            Ok(()) => self.conclude(call, order, request, ticket).await,
            Err(failure) => {
                let patient = call.clone().outliving(COMPENSATION);
                let shipped = order.payment_id.is_some();
                // If this fails, too, the sweep finds the pending order later.
                let _ = self.compensate(&patient, &order, shipped).await;
                Err(failure)
            }
        }
    }

    /// Each step may be repeated; the first that fails ends the saga.
    async fn take_steps(&self, call: &Call, order: &mut Order, request: &Place) -> Answer<()> {
        self.reserve(call, order).await?;
        order.payment_id = Some(self.authorise(call, order, &request.card).await?);
        order.tracking = Some(self.ship(call, order, &request.address).await?);
        // From here on money may move, so a compensation must know the payment.
        let mut transaction = self.store.amend(call).await?;
        store::update(&mut transaction, order).await?;
        transaction.commit().await?;
        self.capture(call, order).await?;
        self.commit(call, order).await
    }

    async fn reserve(&self, call: &Call, order: &Order) -> Answer<()> {
        let reserve = Reserve {
            order_id: order.order_id.clone(),
            lines: plain(order),
            ttl_ms: ms(self.settings.reservation, u32::MAX),
        };
        match self.caller.call(call, reserve).await {
            Err(CallError::Domain(InventoryError::OutOfStock { product_id, .. })) => {
                Err(OrderError::OutOfStock { product_id }.into())
            }
            other => Ok(other.map(drop)?),
        }
    }

    async fn authorise(&self, call: &Call, order: &Order, card: &Card) -> Answer<PaymentId> {
        let authorise = Authorise {
            reference: order.order_id.to_string(),
            amount: order.price.total,
            card: card.clone(),
        };
        match self.caller.call(call, authorise).await {
            Err(CallError::Domain(PaymentError::Declined { reason })) => {
                Err(OrderError::PaymentDeclined { reason }.into())
            }
            Err(CallError::Domain(refusal @ PaymentError::InvalidCard)) => {
                let reason = refusal.to_string();
                Err(OrderError::Invalid { reason }.into())
            }
            other => Ok(other?.payment_id),
        }
    }

    async fn ship(&self, call: &Call, order: &Order, address: &Address) -> Answer<Tracking> {
        let parcel = CreateShipment {
            order_id: order.order_id.clone(),
            customer_id: order.customer_id.clone(),
            address: address.clone(),
            weight_grams: weight(&order.price.lines),
        };
        Ok(self.caller.call(call, parcel).await?.tracking)
    }

    async fn capture(&self, call: &Call, order: &Order) -> Answer<()> {
        let Some(payment_id) = order.payment_id.clone() else {
            return Ok(());
        };
        self.caller.call(call, Capture { payment_id }).await?;
        Ok(())
    }

    async fn commit(&self, call: &Call, order: &Order) -> Answer<()> {
        let order_id = order.order_id.clone();
        self.caller.call(call, Commit { order_id }).await?;
        Ok(())
    }

    /// Completes the purchase and publishes the fact in one transaction. If that fails, the order
    /// stays pending and is compensated like any abandoned one. If its compensation has begun
    /// meanwhile, it is too late to pay it.
    async fn conclude(
        &self,
        call: &Call,
        mut order: Order,
        request: &Place,
        ticket: &Ticket,
    ) -> Answer {
        let patient = call.clone().outliving(COMPENSATION);
        let mut transaction = self.store.amend(&patient).await?;
        if !store::pay(&mut transaction, &order.order_id).await? {
            let what = "the purchase took too long and is being undone";
            return Err(RemoteError::own(ErrorCode::Deadline, what).into());
        }
        order.status = OrderStatus::Paid;
        let placed = OrderPlaced {
            order_id: order.order_id.clone(),
            customer_id: order.customer_id.clone(),
            cart_id: match &request.basket {
                Basket::Cart(cart_id) => Some(cart_id.clone()),
                Basket::Lines(_) => None,
            },
            lines: plain(&order),
            total: order.price.total,
        };
        transaction.publish(&order.order_id, &placed).await?;
        ticket.answer(&mut transaction, &order).await?;
        transaction.commit().await?;
        Ok(order)
    }
}

/// The lines without their prices.
fn plain(order: &Order) -> Vec<Line> {
    order
        .price
        .lines
        .iter()
        .map(|line| Line {
            product_id: line.product_id.clone(),
            quantity: line.quantity,
        })
        .collect()
}
