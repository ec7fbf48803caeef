//! shipping's tables: parcels, and cancelled orders.

use shop_contracts::shipping::{CreateShipment, Shipment, ShipmentStatus};
use shop_contracts::{OrderId, Tracking};
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

pub(crate) async fn find(
    store: &Store,
    call: &Call,
    tracking: &Tracking,
) -> Result<Option<Shipment>, StoreError> {
    let select = sql("SELECT * FROM shipping_shipments WHERE tracking = $1");
    store.first(call, select.bind(tracking), shipment).await
}

pub(crate) async fn by_order(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<Option<Shipment>, StoreError> {
    let select = sql("SELECT * FROM shipping_shipments WHERE order_id = $1");
    transaction.first(select.bind(order_id), shipment).await
}

/// Inserts a parcel; false when the order has one already.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    shipment: &Shipment,
    request: &CreateShipment,
) -> Result<bool, StoreError> {
    let insert = sql(
        "INSERT INTO shipping_shipments (tracking, order_id, customer_id, carrier, country, \
         address, weight_grams, price, status, created_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(&shipment.tracking)
    .bind(&shipment.order_id)
    .bind(&request.customer_id)
    .bind(&shipment.carrier)
    .bind(&shipment.country)
    .bind(serde_json::to_string(&request.address)?)
    .bind(shipment.weight_grams)
    .bind(shipment.price)
    .bind(name(shipment.status))
    .bind(shipment.created_ms);
    Ok(transaction.run(insert).await? == 1)
}

pub(crate) async fn is_cancelled(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<bool, StoreError> {
    let select = sql("SELECT order_id FROM shipping_called_off WHERE order_id = $1");
    let read = |row: &Row| row.get::<OrderId>("order_id");
    let found = transaction.first(select.bind(order_id), read).await?;
    Ok(found.is_some())
}

/// Cancels the parcel of an order: a booked one, and one that may still be requested.
pub(crate) async fn cancel(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO shipping_called_off (order_id) VALUES ($1) \
         ON CONFLICT (order_id) DO NOTHING");
    transaction.run(insert.bind(order_id)).await?;
    let update = sql("UPDATE shipping_shipments SET status = $1 WHERE order_id = $2")
        .bind(name(ShipmentStatus::Cancelled))
        .bind(order_id);
    transaction.run(update).await.map(|_| ())
}

const fn name(status: ShipmentStatus) -> &'static str {
    match status {
        ShipmentStatus::Booked => "booked",
        ShipmentStatus::Cancelled => "cancelled",
    }
}

fn from_name(text: &str) -> Option<ShipmentStatus> {
    [ShipmentStatus::Booked, ShipmentStatus::Cancelled]
        .into_iter()
        .find(|status| name(*status) == text)
}

fn shipment(row: &Row) -> Result<Shipment, StoreError> {
    Ok(Shipment {
        tracking: row.get("tracking")?,
        order_id: row.get("order_id")?,
        carrier: row.get("carrier")?,
        country: row.get("country")?,
        weight_grams: row.get("weight_grams")?,
        price: row.get("price")?,
        status: row.named("status", from_name)?,
        created_ms: row.get("created_ms")?,
    })
}
