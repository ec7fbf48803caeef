//! search's one table: prices that are not in the index yet.

use shop_contracts::catalog::PriceChanged;
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

/// Records a price, unless a newer one is recorded already.
pub(crate) async fn record(
    transaction: &mut Transaction,
    change: &PriceChanged,
) -> Result<(), StoreError> {
    let upsert = sql(
        "INSERT INTO search_prices (product_id, price, price_version) VALUES ($1, $2, $3) \
         ON CONFLICT (product_id) DO UPDATE SET price = excluded.price, \
         price_version = excluded.price_version \
         WHERE excluded.price_version > search_prices.price_version",
    )
    .bind(&change.product_id)
    .bind(change.price)
    .bind(change.price_version);
    transaction.run(upsert).await.map(|_| ())
}

/// The next batch of recorded prices.
pub(crate) async fn recorded(store: &Store, call: &Call) -> Result<Vec<PriceChanged>, StoreError> {
    let select = "SELECT product_id, price, price_version FROM search_prices \
         ORDER BY product_id LIMIT 1000";
    store.all(call, sql(select), change).await
}

/// Deletes prices that are in the index now, except those that have changed again.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    indexed: &[PriceChanged],
) -> Result<(), StoreError> {
    for change in indexed {
        let delete = sql("DELETE FROM search_prices WHERE product_id = $1 AND price_version = $2")
            .bind(&change.product_id)
            .bind(change.price_version);
        transaction.run(delete).await?;
    }
    Ok(())
}

fn change(row: &Row) -> Result<PriceChanged, StoreError> {
    Ok(PriceChanged {
        product_id: row.get("product_id")?,
        price: row.get("price")?,
        price_version: row.get("price_version")?,
    })
}
