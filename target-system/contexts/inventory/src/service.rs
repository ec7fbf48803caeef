//! The service that answers for inventory, and the question that needs no more than its rows.

use crate::store;
use shop_contracts::inventory::{Availability, InventoryError, Stock};
use shop_platform::{Call, Clock, Failure, Handle, Store};

/// What the handlers of this context share.
pub(crate) struct Service {
    pub store: Store,
    pub clock: Clock,
}

/// What a handler of this context answers.
pub(crate) type Answer<T> = Result<T, Failure<InventoryError>>;

impl Handle<Availability> for Service {
    async fn handle(&self, call: &Call, request: Availability) -> Answer<Vec<Stock>> {
        Ok(store::available(&self.store, call, &request.product_ids).await?)
    }
}
