//! order's one table. It must not know the saga.

use shop_contracts::order::{Order, OrderStatus, OrderSummary, PricedLine, Quotation};
use shop_contracts::{CustomerId, OrderId, PAGE_SIZE, Page};
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

/// Counts the orders that were paid, also those that were cancelled later.
pub(crate) const PLACED: &str =
    "SELECT COUNT(*) AS counted FROM order_orders WHERE status IN ('paid', 'cancelled')";

pub(crate) async fn insert(transaction: &mut Transaction, order: &Order) -> Result<(), StoreError> {
    let insert = sql(
        "INSERT INTO order_orders (order_id, customer_id, status, lines, items, shipping, tax, \
         total, placed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&order.order_id)
    .bind(&order.customer_id)
    .bind(order.status.name())
    .bind(serde_json::to_string(&order.price.lines)?)
    .bind(order.price.items)
    .bind(order.price.shipping)
    .bind(order.price.tax)
    .bind(order.price.total)
    .bind(order.placed_ms);
    transaction.run(insert).await.map(|_| ())
}

/// Stores the payment and the parcel of an order.
pub(crate) async fn update(transaction: &mut Transaction, order: &Order) -> Result<(), StoreError> {
    let update = sql("UPDATE order_orders SET payment_id = $1, tracking = $2 WHERE order_id = $3")
        .bind(order.payment_id.as_ref())
        .bind(order.tracking.as_ref())
        .bind(&order.order_id);
    transaction.run(update).await.map(|_| ())
}

/// Changes the status of an order, unless it has changed meanwhile.
pub(crate) async fn advance(
    transaction: &mut Transaction,
    order_id: &OrderId,
    from: OrderStatus,
    to: OrderStatus,
) -> Result<bool, StoreError> {
    let update = sql("UPDATE order_orders SET status = $1 WHERE order_id = $2 AND status = $3")
        .bind(to.name())
        .bind(order_id)
        .bind(from.name());
    Ok(transaction.run(update).await? == 1)
}

/// Marks a pending order as paid, unless its compensation has begun.
pub(crate) async fn pay(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<bool, StoreError> {
    let update = sql("UPDATE order_orders SET status = 'paid' \
         WHERE order_id = $1 AND status = 'pending' AND undoing = 0")
    .bind(order_id);
    Ok(transaction.run(update).await? == 1)
}

/// Marks a pending order as being compensated, after which it cannot be paid; false when it is no
/// longer pending. A repetition changes nothing, so that an interrupted compensation can continue.
pub(crate) async fn begin_compensation(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<bool, StoreError> {
    let update =
        sql("UPDATE order_orders SET undoing = 1 WHERE order_id = $1 AND status = 'pending'")
            .bind(order_id);
    Ok(transaction.run(update).await? == 1)
}

pub(crate) async fn find(
    store: &Store,
    call: &Call,
    order_id: &OrderId,
) -> Result<Option<Order>, StoreError> {
    let select = sql("SELECT * FROM order_orders WHERE order_id = $1").bind(order_id);
    store.first(call, select, order).await
}

/// Orders that have been pending since before this time, oldest first.
pub(crate) async fn pending(
    store: &Store,
    call: &Call,
    before_ms: i64,
    at_most: u32,
) -> Result<Vec<Order>, StoreError> {
    let select = sql(
        "SELECT * FROM order_orders WHERE status = 'pending' AND placed_ms < $1 \
         ORDER BY placed_ms LIMIT $2",
    )
    .bind(before_ms)
    .bind(at_most);
    store.all(call, select, order).await
}

/// A customer's orders, newest first.
pub(crate) async fn page(
    store: &Store,
    call: &Call,
    customer_id: &CustomerId,
    page: u32,
) -> Result<Page<OrderSummary>, StoreError> {
    let select = sql(
        "SELECT order_id, status, total, placed_ms FROM order_orders WHERE customer_id = $1 \
         ORDER BY placed_ms DESC, order_id DESC LIMIT $2 OFFSET $3",
    )
    .bind(customer_id)
    .bind(PAGE_SIZE)
    .bind(Page::<OrderSummary>::offset(page));
    let items = store.all(call, select, summary).await?;
    let count =
        sql("SELECT COUNT(*) AS total FROM order_orders WHERE customer_id = $1").bind(customer_id);
    let total = store.first(call, count, |row| row.get("total")).await?;
    Ok(Page {
        items,
        page: page.max(1),
        total: total.unwrap_or(0),
    })
}

fn order(row: &Row) -> Result<Order, StoreError> {
    let lines: String = row.get("lines")?;
    let lines: Vec<PricedLine> = serde_json::from_str(&lines)?;
    Ok(Order {
        order_id: row.get("order_id")?,
        customer_id: row.get("customer_id")?,
        status: row.named("status", OrderStatus::from_name)?,
        price: Quotation {
            lines,
            items: row.get("items")?,
            shipping: row.get("shipping")?,
            tax: row.get("tax")?,
            total: row.get("total")?,
        },
        payment_id: row.get("payment_id")?,
        tracking: row.get("tracking")?,
        placed_ms: row.get("placed_ms")?,
    })
}

fn summary(row: &Row) -> Result<OrderSummary, StoreError> {
    Ok(OrderSummary {
        order_id: row.get("order_id")?,
        status: row.named("status", OrderStatus::from_name)?,
        total: row.get("total")?,
        placed_ms: row.get("placed_ms")?,
    })
}
