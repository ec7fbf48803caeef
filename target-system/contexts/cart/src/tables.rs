//! cart's two tables: carts and their lines. It must know neither limits nor catalog.

use crate::carts::subtotal;
use shop_contracts::cart::{Cart, CartLine};
use shop_contracts::{CartId, CustomerId, ProductId};
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

/// One row for each line; an empty cart has one row without a line.
const BY_ID: &str = "SELECT c.cart_id, c.customer_id, l.product_id, l.name, l.unit_price, \
     l.quantity FROM cart_carts c LEFT JOIN cart_lines l ON l.cart_id = c.cart_id \
     WHERE c.cart_id = $1 ORDER BY l.position";
const UNTOUCHED: &str = "SELECT cart_id FROM cart_carts WHERE touched_ms < $1 \
     ORDER BY touched_ms LIMIT 200";

struct Joined {
    cart_id: CartId,
    customer_id: Option<CustomerId>,
    line: Option<CartLine>,
}

pub(crate) async fn find(
    store: &Store,
    call: &Call,
    cart: &CartId,
) -> Result<Option<Cart>, StoreError> {
    let rows = store.all(call, sql(BY_ID).bind(cart), joined).await?;
    Ok(assemble(rows))
}

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    cart: &CartId,
) -> Result<Option<Cart>, StoreError> {
    let rows = transaction.all(sql(BY_ID).bind(cart), joined).await?;
    Ok(assemble(rows))
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    cart: &Cart,
    now_ms: i64,
) -> Result<(), StoreError> {
    let insert =
        sql("INSERT INTO cart_carts (cart_id, customer_id, touched_ms) VALUES ($1, $2, $3)")
            .bind(&cart.cart_id)
            .bind(cart.customer_id.as_ref())
            .bind(now_ms);
    transaction.run(insert).await.map(|_| ())
}

/// Replaces the line of the same product in its place, or appends one.
pub(crate) async fn put_line(
    transaction: &mut Transaction,
    cart: &CartId,
    line: &CartLine,
) -> Result<(), StoreError> {
    let upsert = sql(
        "INSERT INTO cart_lines (cart_id, product_id, position, name, unit_price, quantity) \
         VALUES ($1, $2, \
         (SELECT COALESCE(MAX(position), 0) + 1 FROM cart_lines WHERE cart_id = $1), $3, $4, $5) \
         ON CONFLICT (cart_id, product_id) DO UPDATE SET name = excluded.name, \
         unit_price = excluded.unit_price, quantity = excluded.quantity",
    )
    .bind(cart)
    .bind(&line.product_id)
    .bind(&line.name)
    .bind(line.unit_price)
    .bind(line.quantity);
    transaction.run(upsert).await.map(|_| ())
}

pub(crate) async fn remove_line(
    transaction: &mut Transaction,
    cart: &CartId,
    product: &ProductId,
) -> Result<(), StoreError> {
    let delete = sql("DELETE FROM cart_lines WHERE cart_id = $1 AND product_id = $2")
        .bind(cart)
        .bind(product);
    transaction.run(delete).await.map(|_| ())
}

pub(crate) async fn remove_lines(
    transaction: &mut Transaction,
    cart: &CartId,
) -> Result<(), StoreError> {
    let delete = sql("DELETE FROM cart_lines WHERE cart_id = $1").bind(cart);
    transaction.run(delete).await.map(|_| ())
}

/// Records that the cart was used.
pub(crate) async fn touch(
    transaction: &mut Transaction,
    cart: &CartId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let update = sql("UPDATE cart_carts SET touched_ms = $1 WHERE cart_id = $2")
        .bind(now_ms)
        .bind(cart);
    transaction.run(update).await.map(|_| ())
}

/// Deletes a batch of the carts that were last used before a time; returns how many.
pub(crate) async fn remove_untouched(
    transaction: &mut Transaction,
    before_ms: i64,
) -> Result<usize, StoreError> {
    let find = sql(UNTOUCHED).bind(before_ms);
    let carts: Vec<CartId> = transaction.all(find, |row| row.get("cart_id")).await?;
    for table in ["cart_lines", "cart_carts"] {
        let delete = sql(format!("DELETE FROM {table} WHERE cart_id IN ($*)"));
        transaction.run(delete.bind_list(&carts)).await?;
    }
    Ok(carts.len())
}

fn joined(row: &Row) -> Result<Joined, StoreError> {
    let product_id: Option<ProductId> = row.get("product_id")?;
    let line = match product_id {
        Some(product_id) => Some(CartLine {
            product_id,
            name: row.get("name")?,
            unit_price: row.get("unit_price")?,
            quantity: row.get("quantity")?,
        }),
        None => None,
    };
    Ok(Joined {
        cart_id: row.get("cart_id")?,
        customer_id: row.get("customer_id")?,
        line,
    })
}

fn assemble(rows: Vec<Joined>) -> Option<Cart> {
    let first = rows.first()?;
    let (cart_id, customer_id) = (first.cart_id.clone(), first.customer_id.clone());
    let lines: Vec<_> = rows.into_iter().filter_map(|row| row.line).collect();
    Some(Cart {
        cart_id,
        customer_id,
        subtotal: subtotal(&lines),
        lines,
    })
}
