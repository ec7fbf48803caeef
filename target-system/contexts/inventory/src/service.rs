//! The service of inventory, and the call that only reads.

use crate::store;
use shop_contracts::inventory::{Availability, InventoryError, Stock};
use shop_platform::{Call, Clock, Failure, Handle, Store};

/// The state that the handlers of this context share.
pub(crate) struct Service {
    pub store: Store,
    pub clock: Clock,
}

/// The answer of a handler of this context.
pub(crate) type Answer<T> = Result<T, Failure<InventoryError>>;

impl Handle<Availability> for Service {
    async fn handle(&self, call: &Call, request: Availability) -> Answer<Vec<Stock>> {
        Ok(store::available(&self.store, call, &request.product_ids).await?)
    }
}
