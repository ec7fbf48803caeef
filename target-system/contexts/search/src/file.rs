//! The index as a folder: a SQLite file with the words and summaries of products, and a stamp that
//! names the world of the index. It must not know queries.

use crate::error::IndexError;
use crate::words::indexed;
use shop_contracts::catalog::Product;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection, SqlitePool};
use std::path::Path;
use std::time::Duration;
use tokio::fs::{self, File};

const STAMP: &str = "stamp";
const DATABASE: &str = "index.db";
const CONNECTIONS: u32 = 4;

/// FTS5 gets texts that are already split into words, so its `ascii` tokenizer splits at spaces
/// only. It stores no texts, only where each word occurs. A product has the same number in both
/// tables, and numbers are in the order of ids. `vocabulary` has a row for each word and column.
const SCHEMA: &str = "\
    CREATE VIRTUAL TABLE texts USING fts5(name, description, content = '', tokenize = 'ascii'); \
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab(texts, 'col'); \
    CREATE TABLE products ( \
        number INTEGER PRIMARY KEY, \
        product_id TEXT NOT NULL UNIQUE, \
        name TEXT NOT NULL, \
        category_id TEXT NOT NULL, \
        price INTEGER NOT NULL, \
        price_version INTEGER NOT NULL, \
        weight_grams INTEGER NOT NULL \
    )";

/// Opens the index in a folder, if there is one with this stamp.
pub(crate) async fn open(folder: &Path, stamp: &str) -> Result<Option<SqlitePool>, IndexError> {
    let found = fs::read_to_string(folder.join(STAMP)).await;
    if found.unwrap_or_default() != stamp {
        return Ok(None);
    }
    let options = SqliteConnectOptions::new()
        .filename(folder.join(DATABASE))
        .journal_mode(SqliteJournalMode::Wal)
        // The store deletes a price once it is committed here, so a commit must reach the disk.
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    Ok(Some(pool.connect_with(options).await?))
}

/// Creates an index that replaces the folder. One rename makes it visible, so it is complete: an
/// interrupted attempt leaves only a folder beside it, which the next attempt removes.
pub(crate) async fn create(
    folder: &Path,
    stamp: &str,
    mut products: Vec<Product>,
) -> Result<(), IndexError> {
    let unfinished = folder.with_extension("unfinished");
    remove(&unfinished).await?;
    fs::create_dir_all(&unfinished).await?;
    products.sort_unstable_by(|a, b| a.product_id.cmp(&b.product_id));
    // Without a journal: an incomplete file is deleted, not repaired.
    let options = SqliteConnectOptions::new()
        .filename(unfinished.join(DATABASE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    fill(&mut connection, &products).await?;
    connection.close().await?;
    fs::write(unfinished.join(STAMP), stamp).await?;
    // SQLite syncs its own file.
    for written in [&unfinished.join(STAMP), &unfinished] {
        File::open(written).await?.sync_all().await?;
    }
    remove(folder).await?;
    fs::rename(&unfinished, folder).await?;
    Ok(())
}

async fn fill(connection: &mut SqliteConnection, products: &[Product]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    transaction.execute(SCHEMA).await?;
    for (number, product) in (1_i64..).zip(products) {
        let texts = "INSERT INTO texts (rowid, name, description) VALUES ($1, $2, $3)";
        let texts = sqlx::query(texts)
            .bind(number)
            .bind(indexed(&product.name))
            .bind(indexed(&product.description));
        transaction.execute(texts).await?;
        let row = "INSERT INTO products VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let row = sqlx::query(row)
            .bind(number)
            .bind(&product.product_id.0)
            .bind(&product.name)
            .bind(&product.category_id.0)
            .bind(product.price.0)
            .bind(product.price_version)
            .bind(product.weight_grams);
        transaction.execute(row).await?;
    }
    // Merges the trees of words into one, so that searches read fewer pages.
    let merge = "INSERT INTO texts (texts) VALUES ('optimize')";
    transaction.execute(merge).await?;
    transaction.commit().await
}

async fn remove(folder: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::tests::product;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    async fn count(index: &SqlitePool) -> i64 {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM products");
        count.fetch_one(index).await.unwrap()
    }

    fn products() -> Vec<Product> {
        (1..=20).map(|rank| product(rank, "Lamp", "")).collect()
    }

    /// Polls the work this many times and then drops it; returns whether it was done.
    async fn interrupt(polls: u32, work: impl Future<Output = Result<(), IndexError>>) -> bool {
        let mut left = polls;
        let mut work = pin!(work);
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(false);
            }
            left -= 1;
            let polled = work.as_mut().poll(context);
            polled.map(|outcome| outcome.is_ok())
        })
        .await
    }

    #[tokio::test]
    async fn an_interrupted_build_leaves_no_incomplete_index() {
        let root = tempfile::tempdir().unwrap();
        let mut midway = 0;
        for polls in 0.. {
            let folder = root.path().join(format!("index-{polls}"));
            let done = interrupt(polls, create(&folder, "stamp", products())).await;
            if folder.exists() {
                let index = open(&folder, "stamp").await.unwrap().unwrap();
                assert_eq!(count(&index).await, 20);
            } else {
                assert!(!done);
                let unfinished = folder.with_extension("unfinished");
                midway += u32::from(unfinished.join(DATABASE).exists());
            }
            if done {
                break;
            }
        }
        assert!(midway > 0);
    }

    #[tokio::test]
    async fn the_remains_of_an_interrupted_build_and_of_another_world_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("index");
        create(&folder, "another", Vec::new()).await.unwrap();
        let unfinished = root.path().join("index.unfinished");
        fs::create_dir(&unfinished).await.unwrap();
        let half = fs::write(unfinished.join(DATABASE), "SQLite form");
        half.await.unwrap();
        create(&folder, "this", products()).await.unwrap();
        assert!(!unfinished.exists());
        let index = open(&folder, "this").await.unwrap().unwrap();
        assert_eq!(count(&index).await, 20);
    }

    #[tokio::test]
    async fn an_index_is_opened_only_with_exactly_its_stamp() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("index");
        assert!(open(&folder, "v2-7").await.unwrap().is_none());
        create(&folder, "v2-7", products()).await.unwrap();
        assert!(open(&folder, "v2-7").await.unwrap().is_some());
        for torn in ["", "v2", "v2-77"] {
            fs::write(folder.join(STAMP), torn).await.unwrap();
            assert!(open(&folder, "v2-7").await.unwrap().is_none(), "{torn}");
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("index");
        create(&folder, "stamp", products()).await.unwrap();
        let damage = fs::write(folder.join(DATABASE), "no database at all");
        damage.await.unwrap();
        let opened = open(&folder, "stamp").await;
        assert!(matches!(opened, Err(IndexError::Sql(_))));
    }
}
