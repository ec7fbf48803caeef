//! Adding stock to a warehouse.

use crate::service::{Answer, Service};
use crate::{seed, store};
use shop_contracts::inventory::{InventoryError, Restock, Stock};
use shop_platform::{Call, Claim, Handle};
use uuid::Uuid;

impl Handle<Restock> for Service {
    async fn handle(&self, call: &Call, request: Restock) -> Answer<Stock> {
        if request.quantity == 0 {
            return Err(InventoryError::InvalidQuantity.into());
        }
        if !seed::WAREHOUSES.contains(&request.warehouse.as_str()) {
            return Err(InventoryError::UnknownWarehouse.into());
        }
        let mut transaction = match self.store.write_once(call, &request).await? {
            Claim::Answered(stock) => return Ok(stock),
            Claim::Fresh(transaction) => transaction,
        };
        let reference = Uuid::now_v7().to_string();
        let now_ms = self.clock.now_ms();
        if !store::restock(&mut transaction, &request, &reference, now_ms).await? {
            return Err(InventoryError::UnknownProduct.into());
        }
        let stocks = store::stocks(&mut transaction, [&request.product_id]).await?;
        let free = stocks.iter().map(|stock| stock.free);
        let stock = Stock {
            product_id: request.product_id,
            available: free.fold(0, u32::saturating_add),
        };
        transaction.commit_answer(&stock).await?;
        Ok(stock)
    }
}
