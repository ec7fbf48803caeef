//! Idempotency keys: the same key with the same request gets the same answer, once given.
//!
//! Two forms. A handler whose effect is one transaction uses [`Store::write_once`]: the answer is
//! recorded in the very transaction of the effect. A handler that works through several contexts
//! uses [`Store::begin_once`]: it claims the key first, and meanwhile others get `conflict`.

use crate::store::sql;
use crate::{Call, Clock, Failure, RemoteError, Store, StoreError, Subject, Transaction};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use shop_contracts::{ErrorCode, Rpc};
use std::time::Duration;

/// What became of a request that may have been answered before.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub enum Claim<T> {
    /// It was; this is the answer.
    Answered(T),
    /// It was not. Finish with [`Transaction::commit_answer`].
    Fresh(Transaction),
}

/// What became of a longer request that may have been answered before.
pub enum Begun<T> {
    /// It was; this is the answer.
    Answered(T),
    /// It was not. Finish with [`Ticket::answer`], or let others try with [`Ticket::give_up`].
    Fresh(Ticket),
}

/// The right to answer a request; empty for a call without a key. It names the claim by the time
/// that was written with it, so that whoever was frozen beyond the lease neither answers nor gives
/// up what somebody else has taken over.
#[derive(Clone, Debug)]
pub struct Ticket(Option<(Key, i64)>);

/// A key within its scope, and what was asked under it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    id: String,
    request_hash: String,
}

struct Record {
    request_hash: String,
    answer: Option<String>,
    claimed_ms: i64,
}

impl Key {
    /// The key of a call: the same word from two subjects or for two methods is two keys.
    pub(crate) fn of<R: Rpc>(call: &Call, request: &R) -> Result<Option<Self>, StoreError> {
        let Some(word) = call.idempotency_key() else {
            return Ok(None);
        };
        let subject = match call.principal().map(|principal| &principal.subject) {
            Some(Subject::Customer(id)) => id.to_string(),
            Some(Subject::Client(id)) => id.clone(),
            None => String::new(),
        };
        let hash = Sha256::digest(serde_json::to_vec(request)?);
        let request_hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self {
            id: format!("{}/{subject}/{word}", R::NAME),
            request_hash,
        }))
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn request_hash(&self) -> &str {
        &self.request_hash
    }

    /// Refuses what is on record when it belongs to another request.
    pub(crate) fn fits<R: Rpc>(&self, recorded: &str) -> Result<(), Failure<R::Error>> {
        if recorded == self.request_hash {
            return Ok(());
        }
        let what = "the idempotency key was used for another request";
        Err(RemoteError::own(ErrorCode::IdempotencyKeyReused, what).into())
    }

    async fn find(&self, transaction: &mut Transaction) -> Result<Option<Record>, StoreError> {
        let select = format!(
            "SELECT request_hash, answer, claimed_ms FROM {}_answers WHERE id = $1",
            transaction.store().context()
        );
        let read = |row: &crate::Row| {
            Ok(Record {
                request_hash: row.get("request_hash")?,
                answer: row.get("answer")?,
                claimed_ms: row.get("claimed_ms")?,
            })
        };
        transaction.first(sql(select).bind(&self.id), read).await
    }

    /// Writes the row, with or without its answer.
    async fn keep(
        &self,
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
            .bind(&self.id)
            .bind(&self.request_hash)
            .bind(answer)
            .bind(claimed_ms);
        to.run(row).await.map(|_| ())
    }

    /// The answer on record, if there is one and it belongs to this request.
    fn answer<R: Rpc>(&self, record: &Record) -> Result<Option<R::Reply>, Failure<R::Error>> {
        self.fits::<R>(&record.request_hash)?;
        let decode = |text: &String| decode::<R::Reply>(text);
        Ok(record.answer.as_ref().map(decode).transpose()?)
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
        if let Some(record) = key.find(&mut transaction).await?
            && let Some(answer) = key.answer::<R>(&record)?
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
    /// `conflict` while somebody else works on it; otherwise as [`Store::write_once`].
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
        if let Some(record) = key.find(&mut transaction).await? {
            if let Some(answer) = key.answer::<R>(&record)? {
                return Ok(Begun::Answered(answer));
            }
            let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
            if claimed_ms < record.claimed_ms.saturating_add(lease_ms) {
                let what = "a request under this idempotency key is still being worked on";
                return Err(RemoteError::own(ErrorCode::Conflict, what).into());
            }
            // No two claims bear the same time, be the lease ever so short.
            claimed_ms = claimed_ms.max(record.claimed_ms.saturating_add(1));
        }
        key.keep(&mut transaction, None, claimed_ms).await?;
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
            key.keep(&mut self, Some(answer), now_ms).await?;
        }
        self.commit().await
    }
}

impl Ticket {
    /// Records the answer as part of the final transaction, which must not be committed when this
    /// fails: its effect would be a second one under the same key.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when the claim is somebody else's by now, or gone; when the
    /// database refuses.
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
            .bind(&key.id)
            .bind(*claimed_ms);
        match transaction.run(update).await? {
            0 => Err(StoreError::Overtaken),
            _ => Ok(()),
        }
    }

    /// Frees the key, because the request failed without effect. A claim that somebody else has
    /// taken over stays theirs.
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
        let delete = sql(delete).bind(&key.id).bind(*claimed_ms);
        transaction.run(delete).await?;
        transaction.commit().await
    }
}
