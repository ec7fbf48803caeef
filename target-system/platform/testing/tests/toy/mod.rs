//! Toy contexts for tests of the platform: a counter, and a listener to its facts.
#![expect(dead_code, reason = "each test uses another part of the toy")]

use serde::{Deserialize, Serialize};
use shop_calls::{Call, Failure, Handle, RemoteError};
use shop_contracts::{Context, DomainError, Effect, ErrorCode, Fact, FactName, Rpc, fact};
use shop_facts::{Listen, ListenError, Publish as _};
use shop_host::{BoundedContext, MountError, Mounted, Parts};
use shop_stores::{Claim, Store, StoreError, Transaction, sql};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ToyError {
    #[error("no more than {limit}")]
    TooMuch { limit: u32 },
}

impl DomainError for ToyError {
    fn code(&self) -> ErrorCode {
        ErrorCode::Conflict
    }
}

/// Adds to the counter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Add {
    pub amount: u32,
}

impl Rpc for Add {
    type Reply = u32;
    type Error = ToyError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Add";
    const EFFECT: Effect = Effect::Once;
}

/// Reads the counter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Total {}

impl Rpc for Total {
    type Reply = u32;
    type Error = ToyError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Total";
    const EFFECT: Effect = Effect::Read;
}

/// Something was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    pub amount: u32,
}

impl Fact for Added {
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Added";
}

/// The counter.
pub struct Toy;

impl BoundedContext for Toy {
    const CONTEXT: Context = Context::Cart;
    const CALLS: &'static [Context] = &[Context::Catalog];
    const MIGRATIONS: &'static [&'static str] = &["CREATE TABLE cart_toy (amount BIGINT NOT NULL)"];

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = ToyService { store: parts.store };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Add>()
            .answers::<Total>()
            .done())
    }
}

pub struct ToyService {
    store: Store,
}

impl Handle<Add> for ToyService {
    async fn handle(&self, call: &Call, request: Add) -> Result<u32, Failure<ToyError>> {
        let mut transaction = match self.store.write_once(call, &request).await? {
            Claim::Answered(total) => return Ok(total),
            Claim::Fresh(transaction) => transaction,
        };
        let insert = sql("INSERT INTO cart_toy (amount) VALUES ($1)").bind(request.amount);
        transaction.run(insert).await?;
        let total = transaction
            .first(sql(SUM), |row| row.get("total"))
            .await?
            .unwrap_or(0);
        if total > 100 {
            return Err(ToyError::TooMuch { limit: 100 }.into());
        }
        transaction
            .publish(
                "the counter",
                &Added {
                    amount: request.amount,
                },
            )
            .await?;
        transaction.commit_answer(&total).await?;
        Ok(total)
    }
}

const SUM: &str = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total FROM cart_toy";

impl Handle<Total> for ToyService {
    async fn handle(&self, call: &Call, _: Total) -> Result<u32, Failure<ToyError>> {
        Ok(self
            .store
            .first(call, sql(SUM), |row| row.get("total"))
            .await?
            .unwrap_or(0))
    }
}

/// An amount that no listener ever takes in.
pub const POISON: u32 = 666;

/// A listener that fails the first times, and keeps what it hears in order.
pub struct Listener {
    pub failures_left: Arc<AtomicU32>,
}

/// The context that listens.
pub struct ListeningToy;

impl BoundedContext for ListeningToy {
    const CONTEXT: Context = Context::Notification;
    const CALLS: &'static [Context] = &[];
    const HEARS: &'static [FactName] = &[fact::<Added>()];
    const MIGRATIONS: &'static [&'static str] =
        &["CREATE TABLE notification_toy (place BIGINT PRIMARY KEY, amount BIGINT NOT NULL)"];

    async fn mount(_: Parts) -> Result<Mounted, MountError> {
        let failures_left = Arc::new(AtomicU32::new(3));
        Ok(Mounted::of(Self::CONTEXT, Listener { failures_left })
            .hears::<Added>()
            .done())
    }
}

impl Listen<Added> for Listener {
    async fn hear(&self, transaction: &mut Transaction, fact: Added) -> Result<(), ListenError> {
        let insert = sql("INSERT INTO notification_toy (place, amount) \
             SELECT COUNT(*), $1 FROM notification_toy")
        .bind(fact.amount);
        transaction.run(insert).await?;
        let failing = |left: u32| left.checked_sub(1);
        if fact.amount == POISON
            || self
                .failures_left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing)
                .is_ok()
        {
            return Err(ListenError::Effect("not now".to_owned()));
        }
        Ok(())
    }
}

/// What the listener has heard, in order.
pub async fn heard(store: &Store, call: &Call) -> Result<Vec<u32>, StoreError> {
    let select = sql("SELECT amount FROM notification_toy ORDER BY place");
    store.all(call, select, |row| row.get("amount")).await
}

/// A fault that is not of the domain.
pub fn sick() -> RemoteError {
    RemoteError::own(ErrorCode::Unavailable, "sick")
}
