//! Brings a context's tables up to date: its own migrations, after the platform's.

use super::{Database, StoreError};
use shop_contracts::Context;
use sqlx::{AssertSqlSafe, Row as _};

/// The platform's own tables of a context; `@` stands for the context's name.
const PLATFORM: &str = include_str!("platform.sql");

/// Runs every migration that has not run yet, each in a transaction of its own.
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
    let pool = database.writers();
    let create = format!("CREATE TABLE IF NOT EXISTS {log} (version BIGINT PRIMARY KEY)");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(pool)
        .await
        .map_err(|e| failed(0, e))?;
    let count = format!("SELECT COUNT(*) AS done FROM {log}");
    let row = sqlx::query(AssertSqlSafe(count))
        .fetch_one(pool)
        .await
        .map_err(|e| failed(0, e))?;
    let done: i64 = row.try_get("done").map_err(|e| failed(0, e))?;
    let done = usize::try_from(done).unwrap_or(0);
    let platform = PLATFORM.replace('@', context.name());
    let texts = std::iter::once(platform.as_str()).chain(migrations.iter().copied());
    for (version, text) in texts.enumerate().skip(done) {
        let mut transaction = pool.begin().await.map_err(|e| failed(version, e))?;
        let script = format!("{text};\nINSERT INTO {log} (version) VALUES ({version});");
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *transaction)
            .await
            .map_err(|e| failed(version, e))?;
        transaction.commit().await.map_err(|e| failed(version, e))?;
    }
    Ok(())
}
