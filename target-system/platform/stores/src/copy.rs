//! Fills a schema on a server with what a SQLite file holds, table by table, once.

use crate::postgres::{Server, lock};
use crate::{StoreError, sqlite};
use futures::TryStreamExt as _;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{
    AnyPool, AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, ValueRef as _,
};
use std::path::Path;

/// The table that names the world that a schema was filled with.
const MARK: &str = "seeded_world";
/// How many bytes are sent at once.
const CHUNK: usize = 256 << 10;

/// Copies every table, in one transaction with the mark; a schema with the mark is left alone.
pub(super) async fn run(from: &Path, to: &Server, world: &str) -> Result<(), StoreError> {
    let failed = |source| failed(MARK, source);
    let mut connection = to.connect().await.map_err(failed)?;
    let mut transaction = connection.begin().await.map_err(failed)?;
    match mark(&mut transaction, world).await.map_err(failed)? {
        Some(there) if there != world => {
            let asked = world.to_owned();
            return Err(StoreError::OtherWorld { there, asked });
        }
        Some(_) => return Ok(()),
        None => copy(from, &mut transaction).await?,
    }
    transaction.commit().await.map_err(failed)?;
    // What fails here has failed before: everything is kept already.
    let _ = connection.close().await;
    tracing::info!(world, "the database was filled");
    Ok(())
}

/// The existing mark; if there is none, it is made. Processes that start meanwhile wait here.
async fn mark(connection: &mut PgConnection, world: &str) -> Result<Option<String>, sqlx::Error> {
    let prepare = format!(
        "{}; CREATE TABLE IF NOT EXISTS {MARK} (world TEXT PRIMARY KEY)",
        lock("current_schema() || '/fill'")
    );
    connection.execute(AssertSqlSafe(prepare)).await?;
    let select = format!("SELECT world FROM {MARK}");
    let there = sqlx::query_scalar(AssertSqlSafe(select));
    let there = there.fetch_optional(&mut *connection).await?;
    if there.is_none() {
        let insert = format!("INSERT INTO {MARK} (world) VALUES ($1)");
        let insert = sqlx::query(AssertSqlSafe(insert)).bind(world);
        insert.execute(connection).await?;
    }
    Ok(there)
}

async fn copy(from: &Path, to: &mut PgConnection) -> Result<(), StoreError> {
    let (readers, writers) = sqlite::open(from).await?;
    let outcome = copy_tables(&readers, to).await;
    readers.close().await;
    writers.close().await;
    outcome
}

async fn copy_tables(from: &AnyPool, to: &mut PgConnection) -> Result<(), StoreError> {
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' \
         AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_migrations' ORDER BY name";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(from)
        .await
        .map_err(|source| failed("the list of tables", source))?;
    for table in tables {
        let copied = copy_table(from, to, &table).await;
        copied.map_err(|source| failed(&table, source))?;
    }
    Ok(())
}

async fn copy_table(from: &AnyPool, to: &mut PgConnection, table: &str) -> Result<(), sqlx::Error> {
    let columns = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
    let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(columns))
        .fetch_all(from)
        .await?;
    let columns = columns.join(", ");
    let begin = format!("COPY {table} ({columns}) FROM STDIN");
    let mut copying = to.copy_in_raw(&begin).await?;
    let select = format!("SELECT {columns} FROM {table}");
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(from);
    let mut text = String::with_capacity(CHUNK);
    while let Some(row) = rows.try_next().await? {
        write_row(&mut text, &row)?;
        if text.len() >= CHUNK {
            copying.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copying.send(text.as_bytes()).await?;
    copying.finish().await?;
    // Without statistics the first minutes would run on bad plans.
    to.execute(AssertSqlSafe(format!("ANALYZE {table}")))
        .await?;
    Ok(())
}

/// A row in PostgreSQL's text format: a line, tabs between values, `\N` for none.
fn write_row(text: &mut String, row: &AnyRow) -> Result<(), sqlx::Error> {
    for index in 0..row.len() {
        if index > 0 {
            text.push('\t');
        }
        let value = row.try_get_raw(index)?;
        if value.is_null() {
            text.push_str("\\N");
        } else if value.type_info().kind() == AnyTypeInfoKind::Text {
            escape(text, row.try_get(index)?);
        } else {
            text.push_str(&row.try_get::<i64, _>(index)?.to_string());
        }
    }
    text.push('\n');
    Ok(())
}

fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            plain => text.push(plain),
        }
    }
}

fn failed(table: &str, source: sqlx::Error) -> StoreError {
    StoreError::Fill {
        table: table.to_owned(),
        source,
    }
}
