//! payment's tables: intents, refunds and the ledger.

use crate::intent::Intent;
use crate::ledger::Posting;
use shop_contracts::payment::PaymentStatus;
use shop_contracts::{Cents, PaymentId};
use shop_platform::{Call, Row, Store, StoreError, Transaction, sql};

const BY_ID: &str = "SELECT * FROM payment_intents WHERE payment_id = $1";
const BY_REFERENCE: &str = "SELECT * FROM payment_intents WHERE reference = $1";

/// Sums the cents that were captured and not refunded.
pub(crate) const CAPTURED: &str = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS counted \
     FROM payment_ledger WHERE account = 'provider'";

/// A refund, in progress or done.
#[derive(Clone, Debug)]
pub(crate) struct RefundRow {
    pub payment_id: PaymentId,
    pub reference: String,
    pub amount: Cents,
    pub done: bool,
}

pub(crate) async fn find(
    store: &Store,
    call: &Call,
    payment: &PaymentId,
) -> Result<Option<Intent>, StoreError> {
    store.first(call, sql(BY_ID).bind(payment), intent).await
}

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    payment: &PaymentId,
) -> Result<Option<Intent>, StoreError> {
    transaction.first(sql(BY_ID).bind(payment), intent).await
}

pub(crate) async fn by_reference(
    transaction: &mut Transaction,
    reference: &str,
) -> Result<Option<Intent>, StoreError> {
    transaction
        .first(sql(BY_REFERENCE).bind(reference), intent)
        .await
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    intent: &Intent,
) -> Result<(), StoreError> {
    let insert = sql(
        "INSERT INTO payment_intents (payment_id, reference, status, amount, \
         refunded, card_last_four, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&intent.payment_id)
    .bind(&intent.reference)
    .bind(intent.status.name())
    .bind(intent.amount)
    .bind(intent.refunded)
    .bind(&intent.card_last_four)
    .bind(intent.created_ms);
    transaction.run(insert).await.map(|_| ())
}

/// Updates an intent, unless its status is no longer `from`.
pub(crate) async fn advance(
    transaction: &mut Transaction,
    intent: &Intent,
    from: PaymentStatus,
) -> Result<bool, StoreError> {
    let update = sql(
        "UPDATE payment_intents SET status = $1, refunded = $2, hold_id = $3, \
         decline_reason = $4 WHERE payment_id = $5 AND status = $6",
    )
    .bind(intent.status.name())
    .bind(intent.refunded)
    .bind(intent.hold_id.as_ref())
    .bind(intent.decline_reason.as_ref())
    .bind(&intent.payment_id)
    .bind(from.name());
    Ok(transaction.run(update).await? == 1)
}

pub(crate) async fn refund(
    transaction: &mut Transaction,
    payment: &PaymentId,
    reference: &str,
) -> Result<Option<RefundRow>, StoreError> {
    let select = sql(
        "SELECT payment_id, reference, amount, done FROM payment_refunds \
         WHERE payment_id = $1 AND reference = $2",
    )
    .bind(payment)
    .bind(reference);
    transaction.first(select, refund_row).await
}

pub(crate) async fn insert_refund(
    transaction: &mut Transaction,
    refund: &RefundRow,
) -> Result<(), StoreError> {
    let insert = sql(
        "INSERT INTO payment_refunds (payment_id, reference, amount, done) \
         VALUES ($1, $2, $3, 0)",
    )
    .bind(&refund.payment_id)
    .bind(&refund.reference)
    .bind(refund.amount);
    transaction.run(insert).await.map(|_| ())
}

/// Marks a refund as done; false when it was done already.
pub(crate) async fn finish_refund(
    transaction: &mut Transaction,
    refund: &RefundRow,
) -> Result<bool, StoreError> {
    let update = sql("UPDATE payment_refunds SET done = 1 \
         WHERE payment_id = $1 AND reference = $2 AND done = 0")
    .bind(&refund.payment_id)
    .bind(&refund.reference);
    Ok(transaction.run(update).await? == 1)
}

/// Deletes a refund that is not done; false when there is none.
pub(crate) async fn delete_refund(
    transaction: &mut Transaction,
    refund: &RefundRow,
) -> Result<bool, StoreError> {
    let delete = sql("DELETE FROM payment_refunds \
         WHERE payment_id = $1 AND reference = $2 AND done = 0")
    .bind(&refund.payment_id)
    .bind(&refund.reference);
    Ok(transaction.run(delete).await? == 1)
}

pub(crate) async fn reduce_refunded(
    transaction: &mut Transaction,
    payment: &PaymentId,
    amount: Cents,
) -> Result<(), StoreError> {
    let update = sql("UPDATE payment_intents SET refunded = refunded - $1 WHERE payment_id = $2")
        .bind(amount)
        .bind(payment);
    transaction.run(update).await.map(|_| ())
}

/// A payment is refunded when its whole amount was refunded and no refund is in progress.
pub(crate) async fn close_if_refunded(
    transaction: &mut Transaction,
    payment: &PaymentId,
) -> Result<(), StoreError> {
    let update = sql(
        "UPDATE payment_intents SET status = $1 WHERE payment_id = $2 AND amount = \
         (SELECT SUM(amount) FROM payment_refunds WHERE payment_id = $2 AND done = 1)",
    )
    .bind(PaymentStatus::Refunded.name())
    .bind(payment);
    transaction.run(update).await.map(|_| ())
}

/// Adds a posting to the ledger.
pub(crate) async fn post(
    transaction: &mut Transaction,
    posting: &Posting,
    now_ms: i64,
) -> Result<(), StoreError> {
    let [(debited, debit), (credited, credit)] = posting.entries;
    let insert = sql(
        "INSERT INTO payment_ledger (posting, account, amount, posted_ms) \
         VALUES ($1, $2, $3, $4), ($1, $5, $6, $4)",
    )
    .bind(&posting.name)
    .bind(debited)
    .bind(debit)
    .bind(now_ms)
    .bind(credited)
    .bind(credit);
    transaction.run(insert).await.map(|_| ())
}

fn intent(row: &Row) -> Result<Intent, StoreError> {
    Ok(Intent {
        payment_id: row.get("payment_id")?,
        reference: row.get("reference")?,
        status: row.named("status", PaymentStatus::from_name)?,
        amount: row.get("amount")?,
        refunded: row.get("refunded")?,
        card_last_four: row.get("card_last_four")?,
        hold_id: row.get("hold_id")?,
        decline_reason: row.get("decline_reason")?,
        created_ms: row.get("created_ms")?,
    })
}

fn refund_row(row: &Row) -> Result<RefundRow, StoreError> {
    let done: i64 = row.get("done")?;
    Ok(RefundRow {
        payment_id: row.get("payment_id")?,
        reference: row.get("reference")?,
        amount: row.get("amount")?,
        done: done != 0,
    })
}
