//! Idempotency keys: the same key with the same request gets the same answer, once given.
//!
//! Two forms. A handler whose effect is one transaction uses [`Store::write_once`]: the answer is
//! recorded in the very transaction of the effect. A handler that works through several contexts
//! uses [`Store::begin_once`]: it claims the key first, and meanwhile others get `conflict`.

use crate::idempotency_key::Key;
use crate::{Clock, Row, Store, StoreError, Transaction, sql};
use serde::{Serialize, de::DeserializeOwned};
use shop_calls::{Call, Failure, RemoteError};
use shop_contracts::{ErrorCode, Rpc};
use std::time::Duration;

/// The state of a request that may have been answered before.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub enum Claim<T> {
    /// It was; this is the answer.
    Answered(T),
    /// It was not. Finish with [`Transaction::commit_answer`].
    Fresh(Transaction),
}

/// The state of a longer request that may have been answered before.
pub enum Begun<T> {
    /// It was; this is the answer.
    Answered(T),
    /// It was not. Finish with [`Ticket::answer`], or let others try with [`Ticket::give_up`].
    Fresh(Ticket),
}

/// The right to answer a request; empty for a call without a key. It identifies the claim by the
/// time that was written with it, so that a process frozen beyond the lease neither answers nor
/// gives up a claim that another has taken over.
#[derive(Clone, Debug)]
pub struct Ticket(Option<(Key, i64)>);

struct Record {
    request_hash: String,
    answer: Option<String>,
    claimed_ms: i64,
}

impl Record {
    async fn find(key: &Key, transaction: &mut Transaction) -> Result<Option<Self>, StoreError> {
        let select = format!(
            "SELECT request_hash, answer, claimed_ms FROM {}_answers WHERE id = $1",
            transaction.store().context()
        );
        let read = |row: &Row| {
            Ok(Self {
                request_hash: row.get("request_hash")?,
                answer: row.get("answer")?,
                claimed_ms: row.get("claimed_ms")?,
            })
        };
        transaction.first(sql(select).bind(key.id()), read).await
    }

    /// Writes the row, with or without its answer.
    async fn write(
        key: &Key,
        to: &mut Transaction,
        answer: Option<String>,
        claimed_ms: i64,
    ) -> Result<(), StoreError> {
        let upsert = format!(
            "INSERT INTO {}_answers (id, request_hash, answer, claimed_ms) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (id) \
             DO UPDATE SET answer = excluded.answer, claimed_ms = excluded.claimed_ms",
            to.store().context()
        );
        let row = sql(upsert)
            .bind(key.id())
            .bind(key.request_hash())
            .bind(answer)
            .bind(claimed_ms);
        to.run(row).await.map(|_| ())
    }

    /// The recorded answer, if there is one and it belongs to this request.
    fn answer<R: Rpc>(&self, key: &Key) -> Result<Option<R::Reply>, Failure<R::Error>> {
        key.fits::<R>(&self.request_hash)?;
        let decode = |text: &String| decode::<R::Reply>(text);
        Ok(self.answer.as_ref().map(decode).transpose()?)
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_str(text)?)
}

impl Store {
    /// Opens the transaction of a request that must take effect once, unless it was answered
    /// before. Without an idempotency key it is a plain [`Store::write`].
    ///
    /// # Errors
    /// `idempotency_key_reused` for another request under the same key; store errors.
    pub async fn write_once<R: Rpc>(
        &self,
        call: &Call,
        request: &R,
    ) -> Result<Claim<R::Reply>, Failure<R::Error>> {
        let mut transaction = self.write(call).await?;
        let Some(key) = Key::of(call, request)? else {
            return Ok(Claim::Fresh(transaction));
        };
        if let Some(record) = Record::find(&key, &mut transaction).await?
            && let Some(answer) = record.answer::<R>(&key)?
        {
            return Ok(Claim::Answered(answer));
        }
        transaction.claim(key);
        Ok(Claim::Fresh(transaction))
    }

    /// Claims the key of a request that takes several steps. A claim that was neither answered
    /// nor given up (its process died) may be taken over after the lease.
    ///
    /// # Errors
    /// `conflict` while another request works on it; otherwise as [`Store::write_once`].
    pub async fn begin_once<R: Rpc>(
        &self,
        call: &Call,
        request: &R,
        lease: Duration,
    ) -> Result<Begun<R::Reply>, Failure<R::Error>> {
        let Some(key) = Key::of(call, request)? else {
            return Ok(Begun::Fresh(Ticket(None)));
        };
        let mut transaction = self.write(call).await?;
        let mut claimed_ms = Clock::system().now_ms();
        if let Some(record) = Record::find(&key, &mut transaction).await? {
            if let Some(answer) = record.answer::<R>(&key)? {
                return Ok(Begun::Answered(answer));
            }
            let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
            if claimed_ms < record.claimed_ms.saturating_add(lease_ms) {
                let what = "a request under this idempotency key is still being worked on";
                return Err(RemoteError::own(ErrorCode::Conflict, what).into());
            }
            // Every claim has a time of its own, however short the lease.
            claimed_ms = claimed_ms.max(record.claimed_ms.saturating_add(1));
        }
        Record::write(&key, &mut transaction, None, claimed_ms).await?;
        transaction.commit().await?;
        Ok(Begun::Fresh(Ticket(Some((key, claimed_ms)))))
    }
}

impl Transaction {
    /// Commits, and records the answer under the call's idempotency key, if it has one.
    ///
    /// # Errors
    /// When the database refuses; nothing is kept then.
    pub async fn commit_answer<T: Serialize>(mut self, answer: &T) -> Result<(), StoreError> {
        if let Some(key) = self.claimed() {
            let answer = serde_json::to_string(answer)?;
            let now_ms = Clock::system().now_ms();
            Record::write(&key, &mut self, Some(answer), now_ms).await?;
        }
        self.commit().await
    }
}

impl Ticket {
    /// Records the answer as part of the final transaction, which must not be committed when this
    /// fails: its effect would be a second one under the same key.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when another request has taken the claim over or given it up; when
    /// the database refuses.
    pub async fn answer<T: Serialize>(
        &self,
        transaction: &mut Transaction,
        answer: &T,
    ) -> Result<(), StoreError> {
        let Some((key, claimed_ms)) = &self.0 else {
            return Ok(());
        };
        let update = format!(
            "UPDATE {}_answers SET answer = $1 \
             WHERE id = $2 AND answer IS NULL AND claimed_ms = $3",
            transaction.store().context()
        );
        let update = sql(update)
            .bind(serde_json::to_string(answer)?)
            .bind(key.id())
            .bind(*claimed_ms);
        match transaction.run(update).await? {
            0 => Err(StoreError::Overtaken),
            _ => Ok(()),
        }
    }

    /// Frees the key, because the request failed without effect. A claim that another request has
    /// taken over stays.
    ///
    /// # Errors
    /// When the database refuses; the claim then lasts until its lease is over.
    pub async fn give_up(&self, store: &Store, call: &Call) -> Result<(), StoreError> {
        let Some((key, claimed_ms)) = &self.0 else {
            return Ok(());
        };
        let mut transaction = store.amend(call).await?;
        let delete = format!(
            "DELETE FROM {}_answers WHERE id = $1 AND answer IS NULL AND claimed_ms = $2",
            store.context()
        );
        let delete = sql(delete).bind(key.id()).bind(*claimed_ms);
        transaction.run(delete).await?;
        transaction.commit().await
    }
}
