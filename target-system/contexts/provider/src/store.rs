//! The provider's tables: holds, and the answers it has given.

use crate::operation::{HoldRow, HoldStatus, Outcome};
use shop_platform::{Row, StoreError, Transaction, sql};

/// Sums the cents that were settled and not refunded.
pub(crate) const CAPTURED: &str = "SELECT \
     CAST(COALESCE(SUM(amount - paid_back), 0) AS BIGINT) AS counted \
     FROM provider_holds WHERE status = 'settled'";

/// The answer to the operation with a key.
pub(crate) struct Answered {
    pub fingerprint: String,
    pub outcome: Outcome,
}

/// The stored answer to the operation with this key.
pub(crate) async fn answer(
    transaction: &mut Transaction,
    key: &str,
) -> Result<Option<Answered>, StoreError> {
    let select =
        sql("SELECT fingerprint, answer FROM provider_operations WHERE operation_key = $1");
    transaction.first(select.bind(key), answered).await
}

pub(crate) async fn insert_answer(
    transaction: &mut Transaction,
    key: &str,
    fingerprint: &str,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let insert = sql(
        "INSERT INTO provider_operations (operation_key, fingerprint, answer) \
         VALUES ($1, $2, $3)",
    )
    .bind(key)
    .bind(fingerprint)
    .bind(serde_json::to_string(outcome)?);
    transaction.run(insert).await.map(|_| ())
}

pub(crate) async fn hold(
    transaction: &mut Transaction,
    hold_id: &str,
) -> Result<Option<HoldRow>, StoreError> {
    let select =
        sql("SELECT hold_id, amount, paid_back, status FROM provider_holds WHERE hold_id = $1");
    transaction.first(select.bind(hold_id), hold_row).await
}

/// Stores a hold, new or changed.
pub(crate) async fn upsert(
    transaction: &mut Transaction,
    hold: &HoldRow,
) -> Result<(), StoreError> {
    let upsert = sql(
        "INSERT INTO provider_holds (hold_id, amount, paid_back, status) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (hold_id) \
         DO UPDATE SET paid_back = excluded.paid_back, status = excluded.status",
    )
    .bind(&hold.hold_id)
    .bind(hold.amount)
    .bind(hold.paid_back)
    .bind(hold.status.name());
    transaction.run(upsert).await.map(|_| ())
}

fn answered(row: &Row) -> Result<Answered, StoreError> {
    let answer: String = row.get("answer")?;
    Ok(Answered {
        fingerprint: row.get("fingerprint")?,
        outcome: serde_json::from_str(&answer)?,
    })
}

fn hold_row(row: &Row) -> Result<HoldRow, StoreError> {
    Ok(HoldRow {
        hold_id: row.get("hold_id")?,
        amount: row.get("amount")?,
        paid_back: row.get("paid_back")?,
        status: row.named("status", HoldStatus::from_name)?,
    })
}
