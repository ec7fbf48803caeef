//! inventory's tables: stock, reservations with their picks, and the ledger of movements.

use crate::movement::Movement;
use crate::picking::FreeStock;
use shop_contracts::inventory::{InventoryError, Pick, Restock, Stock};
use shop_contracts::{OrderId, ProductId};
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

/// The status of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Held,
    Committed,
    Released,
    Expired,
}

impl Status {
    const ALL: [Self; 4] = [Self::Held, Self::Committed, Self::Released, Self::Expired];

    const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A reservation without its picks.
#[derive(Clone, Debug)]
pub(crate) struct ReservationRow {
    pub order_id: OrderId,
    pub status: Status,
    pub expires_ms: i64,
}

impl ReservationRow {
    /// The reservation, unless it was released or has expired.
    pub(crate) fn usable(self, now_ms: i64) -> Result<Self, InventoryError> {
        match self.status {
            Status::Committed => Ok(self),
            Status::Held if now_ms < self.expires_ms => Ok(self),
            _ => Err(InventoryError::ReservationExpired),
        }
    }
}

/// Free pieces over all warehouses.
pub(crate) async fn available(
    store: &Store,
    call: &Call,
    products: &[ProductId],
) -> Result<Vec<Stock>, StoreError> {
    let select = sql(
        "SELECT product_id, CAST(SUM(on_hand - reserved) AS BIGINT) AS free \
         FROM inventory_stock WHERE product_id IN ($*) GROUP BY product_id ORDER BY product_id",
    )
    .bind_list(products);
    let read = |row: &Row| {
        Ok(Stock {
            product_id: row.get("product_id")?,
            available: free(row)?,
        })
    };
    store.all(call, select, read).await
}

/// Free pieces in each warehouse.
pub(crate) async fn stocks(
    transaction: &mut Transaction,
    products: impl IntoIterator<Item = &ProductId>,
) -> Result<Vec<FreeStock>, StoreError> {
    let select = sql("SELECT product_id, warehouse, on_hand - reserved AS free \
         FROM inventory_stock WHERE product_id IN ($*)")
    .bind_list(products);
    let read = |row: &Row| {
        Ok(FreeStock {
            product_id: row.get("product_id")?,
            warehouse: row.get("warehouse")?,
            free: free(row)?,
        })
    };
    transaction.all(select, read).await
}

/// Contracts count in `u32`; more than that is enough for any order.
fn free(row: &Row) -> Result<u32, StoreError> {
    let free: i64 = row.get("free")?;
    Ok(u32::try_from(free.max(0)).unwrap_or(u32::MAX))
}

/// Inserts a reservation; false when the order has one already.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    row: &ReservationRow,
) -> Result<bool, StoreError> {
    let insert = sql(
        "INSERT INTO inventory_reservations (order_id, status, expires_ms) \
         VALUES ($1, $2, $3) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(&row.order_id)
    .bind(row.status.name())
    .bind(row.expires_ms);
    Ok(transaction.run(insert).await? == 1)
}

pub(crate) async fn find(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<Option<ReservationRow>, StoreError> {
    let select =
        sql("SELECT order_id, status, expires_ms FROM inventory_reservations WHERE order_id = $1");
    let read = |row: &Row| {
        Ok(ReservationRow {
            order_id: row.get("order_id")?,
            status: row.named("status", Status::from_name)?,
            expires_ms: row.get("expires_ms")?,
        })
    };
    transaction.first(select.bind(order_id), read).await
}

/// Changes the status of a reservation, unless it has changed meanwhile.
pub(crate) async fn advance(
    transaction: &mut Transaction,
    order_id: &OrderId,
    from: Status,
    to: Status,
) -> Result<bool, StoreError> {
    let update =
        sql("UPDATE inventory_reservations SET status = $1 WHERE order_id = $2 AND status = $3")
            .bind(to.name())
            .bind(order_id)
            .bind(from.name());
    Ok(transaction.run(update).await? == 1)
}

/// Held reservations whose time is over, oldest first.
pub(crate) async fn expired(
    store: &Store,
    call: &Call,
    now_ms: i64,
    at_most: u32,
) -> Result<Vec<OrderId>, StoreError> {
    let select = sql("SELECT order_id FROM inventory_reservations \
         WHERE status = 'held' AND expires_ms <= $1 ORDER BY expires_ms LIMIT $2")
    .bind(now_ms)
    .bind(at_most);
    store.all(call, select, |row| row.get("order_id")).await
}

pub(crate) async fn insert_picks(
    transaction: &mut Transaction,
    order_id: &OrderId,
    picks: &[Pick],
) -> Result<(), StoreError> {
    let insert = format!(
        "INSERT INTO inventory_picks (order_id, product_id, warehouse, quantity) VALUES {}",
        placeholders(picks.len(), 4)
    );
    let insert = picks.iter().fold(sql(insert), |insert, pick| {
        insert
            .bind(order_id)
            .bind(&pick.product_id)
            .bind(&pick.warehouse)
            .bind(pick.quantity)
    });
    transaction.run(insert).await.map(|_| ())
}

pub(crate) async fn picks(
    transaction: &mut Transaction,
    order_id: &OrderId,
) -> Result<Vec<Pick>, StoreError> {
    let select = sql(
        "SELECT product_id, warehouse, quantity FROM inventory_picks \
         WHERE order_id = $1 ORDER BY product_id, warehouse",
    );
    let read = |row: &Row| {
        Ok(Pick {
            product_id: row.get("product_id")?,
            warehouse: row.get("warehouse")?,
            quantity: row.get("quantity")?,
        })
    };
    transaction.all(select.bind(order_id), read).await
}

/// Moves the stock of all picks of an order and writes the movements into the ledger. Returns the
/// number of picks that were moved: a pick without enough free stock is not, so the caller must
/// compare.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    order_id: &OrderId,
    movement: &Movement,
    now_ms: i64,
) -> Result<u64, StoreError> {
    let update = sql("UPDATE inventory_stock SET \
         on_hand = inventory_stock.on_hand + $1 * picks.quantity, \
         reserved = inventory_stock.reserved + $2 * picks.quantity \
         FROM inventory_picks AS picks WHERE picks.order_id = $3 \
         AND inventory_stock.product_id = picks.product_id \
         AND inventory_stock.warehouse = picks.warehouse \
         AND inventory_stock.on_hand - inventory_stock.reserved >= $4 * picks.quantity")
    .bind(movement.on_hand)
    .bind(movement.reserved)
    .bind(order_id)
    .bind(movement.takes());
    let moved = transaction.run(update).await?;
    let insert = sql("INSERT INTO inventory_movements \
         (reference, reason, product_id, warehouse, on_hand, reserved, moved_ms) \
         SELECT order_id, $1, product_id, warehouse, $2 * quantity, $3 * quantity, $4 \
         FROM inventory_picks WHERE order_id = $5")
    .bind(movement.reason)
    .bind(movement.on_hand)
    .bind(movement.reserved)
    .bind(now_ms)
    .bind(order_id);
    transaction.run(insert).await?;
    Ok(moved)
}

/// Adds pieces to the stock of a warehouse; false when it does not stock the product.
pub(crate) async fn restock(
    transaction: &mut Transaction,
    goods: &Restock,
    reference: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let update = sql("UPDATE inventory_stock SET on_hand = on_hand + $1 \
         WHERE product_id = $2 AND warehouse = $3")
    .bind(goods.quantity)
    .bind(&goods.product_id)
    .bind(&goods.warehouse);
    if transaction.run(update).await? == 0 {
        return Ok(false);
    }
    let insert = sql("INSERT INTO inventory_movements \
         (reference, reason, product_id, warehouse, on_hand, reserved, moved_ms) \
         VALUES ($1, 'restock', $2, $3, $4, 0, $5)")
    .bind(reference)
    .bind(&goods.product_id)
    .bind(&goods.warehouse)
    .bind(goods.quantity)
    .bind(now_ms);
    transaction.run(insert).await?;
    Ok(true)
}

/// Inserts the stock of the seeded world.
pub(crate) async fn stock_up(
    transaction: &mut Transaction,
    rows: &[(ProductId, &str, u32)],
) -> Result<(), StoreError> {
    let insert = format!(
        "INSERT INTO inventory_stock (product_id, warehouse, on_hand, reserved) VALUES {}",
        placeholders(rows.len(), 4)
    );
    let insert = rows.iter().fold(sql(insert), |insert, row| {
        let (product_id, warehouse, pieces) = row;
        let zero: i64 = 0;
        insert
            .bind(product_id)
            .bind(*warehouse)
            .bind(*pieces)
            .bind(zero)
    });
    transaction.run(insert).await.map(|_| ())
}

/// Starts the ledger with the stock that was inserted.
pub(crate) async fn open_ledger(
    transaction: &mut Transaction,
    now_ms: i64,
) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO inventory_movements \
         (reference, reason, product_id, warehouse, on_hand, reserved, moved_ms) \
         SELECT 'seed', 'restock', product_id, warehouse, on_hand, reserved, $1 \
         FROM inventory_stock")
    .bind(now_ms);
    transaction.run(insert).await.map(|_| ())
}

/// Placeholders for this many rows and columns, as in `($1, $2), ($3, $4)`.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let placeholders: Vec<_> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", placeholders.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
