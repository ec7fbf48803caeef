//! catalog's tables: products and categories. It must know neither rules nor seeding.

use crate::seed::World;
use shop_contracts::catalog::{Category, Product, ProductSummary};
use shop_contracts::{CategoryId, PAGE_SIZE, Page, ProductId};
use shop_platform::{Call, Row, Statement, Store, StoreError, Transaction, sql};
use std::fmt::Write as _;
use std::time::Duration;

const BY_ID: &str = "SELECT * FROM catalog_products WHERE product_id = $1";
/// Rows per INSERT; with 8 columns each it stays far below any engine's limit of parameters.
const ROWS: usize = 250;
/// Timeout of the seeding.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn product(
    store: &Store,
    call: &Call,
    id: &ProductId,
) -> Result<Option<Product>, StoreError> {
    store.first(call, sql(BY_ID).bind(id), read_product).await
}

pub(crate) async fn product_in(
    transaction: &mut Transaction,
    id: &ProductId,
) -> Result<Option<Product>, StoreError> {
    transaction.first(sql(BY_ID).bind(id), read_product).await
}

pub(crate) async fn products(
    store: &Store,
    call: &Call,
    ids: &[ProductId],
) -> Result<Vec<ProductSummary>, StoreError> {
    let select = sql(
        "SELECT product_id, name, price, weight_grams FROM catalog_products \
         WHERE product_id IN ($*)",
    )
    .bind_list(ids);
    store.all(call, select, read_summary).await
}

pub(crate) async fn categories(store: &Store, call: &Call) -> Result<Vec<Category>, StoreError> {
    let select = "SELECT category_id, name, products FROM catalog_categories ORDER BY category_id";
    store.all(call, sql(select), read_category).await
}

pub(crate) async fn category(
    store: &Store,
    call: &Call,
    id: &CategoryId,
) -> Result<Option<Category>, StoreError> {
    let select = "SELECT category_id, name, products FROM catalog_categories \
         WHERE category_id = $1";
    store.first(call, sql(select).bind(id), read_category).await
}

/// A page of a category, most popular first.
pub(crate) async fn products_of(
    store: &Store,
    call: &Call,
    category: &CategoryId,
    page: u32,
) -> Result<Vec<ProductSummary>, StoreError> {
    let select = sql(
        "SELECT product_id, name, price, weight_grams FROM catalog_products \
         WHERE category_id = $1 ORDER BY popularity_rank LIMIT $2 OFFSET $3",
    )
    .bind(category)
    .bind(PAGE_SIZE)
    .bind(Page::<()>::offset(page));
    store.all(call, select, read_summary).await
}

pub(crate) async fn most_popular(
    store: &Store,
    call: &Call,
    limit: u32,
) -> Result<Vec<ProductSummary>, StoreError> {
    let select = "SELECT product_id, name, price, weight_grams FROM catalog_products \
         ORDER BY popularity_rank LIMIT $1";
    store.all(call, sql(select).bind(limit), read_summary).await
}

pub(crate) async fn export(
    store: &Store,
    call: &Call,
    after: Option<&ProductId>,
    limit: u32,
) -> Result<Vec<Product>, StoreError> {
    let after = after.map_or("", AsRef::as_ref);
    let select = sql("SELECT * FROM catalog_products WHERE product_id > $1 \
         ORDER BY product_id LIMIT $2")
    .bind(after)
    .bind(limit);
    store.all(call, select, read_product).await
}

/// Stores a product's new price.
pub(crate) async fn reprice(
    transaction: &mut Transaction,
    product: &Product,
) -> Result<(), StoreError> {
    let update =
        sql("UPDATE catalog_products SET price = $1, price_version = $2 WHERE product_id = $3")
            .bind(product.price)
            .bind(product.price_version)
            .bind(&product.product_id);
    transaction.run(update).await.map(|_| ())
}

/// Fills the empty tables, in one transaction.
pub(crate) async fn fill(store: &Store, world: &World) -> Result<(), StoreError> {
    let mut transaction = store.write(&Call::unobserved(PATIENCE)).await?;
    let head = "INSERT INTO catalog_categories (category_id, name, products) VALUES ";
    for category in &world.categories {
        let insert = sql(format!("{head}($1, $2, $3)"))
            .bind(&category.category_id)
            .bind(&category.name)
            .bind(category.products);
        transaction.run(insert).await?;
    }
    let mut rank = 0_i64;
    for chunk in world.products.chunks(ROWS) {
        let mut insert = sql(insert_products(chunk.len()));
        for product in chunk {
            rank += 1;
            insert = bind_product(insert, product, rank);
        }
        transaction.run(insert).await?;
    }
    transaction.commit().await
}

fn insert_products(rows: usize) -> String {
    let mut text = "INSERT INTO catalog_products (product_id, popularity_rank, name, description, \
         category_id, price, weight_grams, price_version) VALUES "
        .to_owned();
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let places: Vec<_> = (1..=8)
            .map(|place| format!("${}", row * 8 + place))
            .collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}({})", places.join(", "));
    }
    text
}

fn bind_product(insert: Statement, product: &Product, rank: i64) -> Statement {
    insert
        .bind(&product.product_id)
        .bind(rank)
        .bind(&product.name)
        .bind(&product.description)
        .bind(&product.category_id)
        .bind(product.price)
        .bind(product.weight_grams)
        .bind(product.price_version)
}

fn read_product(row: &Row) -> Result<Product, StoreError> {
    Ok(Product {
        product_id: row.get("product_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        category_id: row.get("category_id")?,
        price: row.get("price")?,
        weight_grams: row.get("weight_grams")?,
        price_version: row.get("price_version")?,
    })
}

fn read_summary(row: &Row) -> Result<ProductSummary, StoreError> {
    Ok(ProductSummary {
        product_id: row.get("product_id")?,
        name: row.get("name")?,
        price: row.get("price")?,
        weight_grams: row.get("weight_grams")?,
    })
}

fn read_category(row: &Row) -> Result<Category, StoreError> {
    Ok(Category {
        category_id: row.get("category_id")?,
        name: row.get("name")?,
        products: row.get("products")?,
    })
}
