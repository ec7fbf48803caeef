//! Brings a context's tables up to date: its own migrations, after the platform's.

use crate::turn::Turn;
use crate::{Database, StoreError};
use shop_contracts::Context;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

/// The platform's own tables of a context; `@` stands for the context's name.
const PLATFORM: &str = include_str!("platform.sql");

/// Runs every migration that has not run yet, all in one transaction, which those who start at the
/// same time wait for.
pub(super) async fn run(
    database: &Database,
    context: Context,
    migrations: &'static [&'static str],
) -> Result<(), StoreError> {
    let failed = |version, source| StoreError::Migrate {
        context: context.name(),
        version,
        source,
    };
    let log = format!("{}_migrations", context.name());
    let opened = database.open_turn(context.name(), Turn::Migration).await;
    let mut transaction = opened.map_err(|e| failed(0, e))?;
    let create = format!("CREATE TABLE IF NOT EXISTS {log} (version BIGINT PRIMARY KEY)");
    transaction
        .execute(AssertSqlSafe(create))
        .await
        .map_err(|e| failed(0, e))?;
    let count = format!("SELECT COUNT(*) AS done FROM {log}");
    let row = transaction
        .fetch_one(AssertSqlSafe(count))
        .await
        .map_err(|e| failed(0, e))?;
    let done: i64 = row.try_get("done").map_err(|e| failed(0, e))?;
    let done = usize::try_from(done).unwrap_or(0);
    let platform = PLATFORM.replace('@', context.name());
    let texts = std::iter::once(platform.as_str()).chain(migrations.iter().copied());
    for (version, text) in texts.enumerate().skip(done) {
        let script = format!("{text};\nINSERT INTO {log} (version) VALUES ({version});");
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *transaction)
            .await
            .map_err(|e| failed(version, e))?;
    }
    transaction
        .commit()
        .await
        .map_err(|e| failed(migrations.len(), e))
}
