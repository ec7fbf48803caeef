//! The service of order, and the calls that only read.

use crate::settings::OrderSettings;
use crate::store;
use shop_contracts::order::{
    Get, List, Order as Purchase, OrderError, OrderSummary, Quotation, Quote,
};
use shop_contracts::{OrderId, Page};
use shop_platform::{Call, Caller, Clock, Failure, Handle, Store};

/// The state that the handlers of this context share.
pub(crate) struct Service {
    pub store: Store,
    pub caller: Caller,
    pub clock: Clock,
    pub settings: OrderSettings,
}

/// The answer of a handler of this context.
pub(crate) type Answer<T = Purchase> = Result<T, Failure<OrderError>>;

impl Service {
    pub(crate) async fn order(&self, call: &Call, order_id: &OrderId) -> Answer {
        let found = store::find(&self.store, call, order_id).await?;
        Ok(found.ok_or(OrderError::UnknownOrder)?)
    }
}

impl Handle<Quote> for Service {
    async fn handle(&self, call: &Call, request: Quote) -> Answer<Quotation> {
        let lines = self.lines(call, &request.basket).await?;
        self.price(call, lines, &request.country).await
    }
}

impl Handle<Get> for Service {
    async fn handle(&self, call: &Call, request: Get) -> Answer {
        self.order(call, &request.order_id).await
    }
}

impl Handle<List> for Service {
    async fn handle(&self, call: &Call, request: List) -> Answer<Page<OrderSummary>> {
        Ok(store::page(&self.store, call, &request.customer_id, request.page).await?)
    }
}
