//! notification's one table. It must not know facts.

use shop_contracts::CustomerId;
use shop_contracts::notification::Notice;
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};
use uuid::Uuid;

/// Limit of messages in an answer.
const NEWEST: i64 = 50;

/// Counts the messages about placed orders.
pub(crate) const ORDER_PLACED: &str =
    "SELECT COUNT(*) AS counted FROM notification_notices WHERE kind = 'order_placed'";

/// Counts the placed orders with more than one message: the text names the order.
pub(crate) const DOUBLED: &str = "SELECT COUNT(*) AS counted FROM \
     (SELECT body FROM notification_notices WHERE kind = 'order_placed' \
     GROUP BY body HAVING COUNT(*) > 1) AS doubled";

/// A customer's latest messages, newest first.
pub(crate) async fn inbox(
    store: &Store,
    call: &Call,
    customer: &CustomerId,
) -> Result<Vec<Notice>, StoreError> {
    let select = sql(
        "SELECT notice_id, kind, body, created_ms FROM notification_notices \
         WHERE customer_id = $1 ORDER BY notice_id DESC LIMIT $2",
    )
    .bind(customer)
    .bind(NEWEST);
    store.all(call, select, notice).await
}

/// Inserts a message into a customer's inbox. Ids increase with time, so they order the inbox.
pub(crate) async fn put(
    transaction: &mut Transaction,
    customer: &CustomerId,
    kind: &str,
    text: String,
    now_ms: i64,
) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO notification_notices \
         (notice_id, customer_id, kind, body, created_ms) VALUES ($1, $2, $3, $4, $5)")
    .bind(Uuid::now_v7().to_string())
    .bind(customer)
    .bind(kind)
    .bind(text)
    .bind(now_ms);
    transaction.run(insert).await.map(|_| ())
}

fn notice(row: &Row) -> Result<Notice, StoreError> {
    Ok(Notice {
        notice_id: row.get("notice_id")?,
        kind: row.get("kind")?,
        text: row.get("body")?,
        created_ms: row.get("created_ms")?,
    })
}
