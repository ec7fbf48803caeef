//! The stock of the seeded world: every product in every warehouse, more than any run buys.

use crate::store;
use rand::RngExt as _;
use shop_contracts::ProductId;
use shop_platform::{Call, MountError, Parts};
use std::time::Duration;

pub(crate) const WAREHOUSES: [&str; 4] = ["berlin", "hamburg", "leipzig", "munich"];
/// Pieces of a product in one warehouse; about a million over all warehouses. A tenth of all
/// products bought are the most popular one, so a run of a hundred thousand orders cannot sell it
/// out.
const PIECES: std::ops::Range<u32> = 200_000..300_000;
/// Products per INSERT.
const BATCH: usize = 250;
/// Timeout of the seeding.
const PATIENCE: Duration = Duration::from_secs(120);
/// When the stock arrived: 1 January 2025.
const ARRIVED_MS: i64 = 1_735_689_600_000;

/// Fills an empty store.
pub(crate) async fn run(parts: &Parts) -> Result<(), MountError> {
    let mut stream = parts.scale.stream("inventory stock");
    let mut rows = Vec::with_capacity(BATCH * WAREHOUSES.len());
    let mut transaction = parts.store.write(&Call::unobserved(PATIENCE)).await?;
    for rank in 1..=parts.scale.products {
        let product_id = ProductId::seeded(rank);
        for warehouse in WAREHOUSES {
            rows.push((product_id.clone(), warehouse, stream.random_range(PIECES)));
        }
        if rows.len() >= BATCH * WAREHOUSES.len() {
            store::stock_up(&mut transaction, &rows).await?;
            rows.clear();
        }
    }
    if !rows.is_empty() {
        store::stock_up(&mut transaction, &rows).await?;
    }
    store::open_ledger(&mut transaction, ARRIVED_MS).await?;
    Ok(transaction.commit().await?)
}
