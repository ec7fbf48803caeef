//! Listeners with their types erased.

use crate::outbox::record_heard;
use crate::{HearOnce, Listen};
use futures::future::BoxFuture;
use shop_calls::{Attempt, Call, Delivery, RemoteError, to_completion};
use shop_contracts::{Effect, ErrorCode, Fact};
use shop_stores::Store;
use std::marker::PhantomData;
use std::sync::Arc;

/// A fact being taken in.
pub(super) type Hearing = BoxFuture<'static, Result<(), RemoteError>>;

/// Takes in one kind of fact. It runs in a task of its own, so that a panic does not end the
/// relay or the consumer.
pub trait FactListener: Send + Sync {
    /// Takes a fact in, unless it was heard before.
    fn hear(
        &self,
        call: Call,
        store: Store,
        delivery: Delivery,
    ) -> BoxFuture<'static, Result<(), RemoteError>>;
}

/// The listener of a service that writes into the platform's transaction.
pub fn heard_in_transaction<S: Listen<F>, F: Fact>(service: Arc<S>) -> Arc<dyn FactListener> {
    Arc::new(InTransaction::<S, F> {
        service,
        fact: PhantomData,
    })
}

/// The listener of a service that records by itself what it has heard.
pub fn heard_by_itself<S: HearOnce<F>, F: Fact>(service: Arc<S>) -> Arc<dyn FactListener> {
    Arc::new(ByItself::<S, F> {
        service,
        fact: PhantomData,
    })
}

struct InTransaction<S, F> {
    service: Arc<S>,
    fact: PhantomData<fn(F)>,
}

struct ByItself<S, F> {
    service: Arc<S>,
    fact: PhantomData<fn(F)>,
}

impl<S: HearOnce<F>, F: Fact> FactListener for ByItself<S, F> {
    fn hear(&self, call: Call, _: Store, delivery: Delivery) -> Hearing {
        let service = Arc::clone(&self.service);
        let hearing = async move {
            let fact: F = decode(&delivery)?;
            Ok(service.hear_once(&call, &delivery.id, fact).await?)
        };
        to_completion(Effect::Idempotent, Box::pin(hearing))
    }
}

impl<S: Listen<F>, F: Fact> FactListener for InTransaction<S, F> {
    fn hear(&self, call: Call, store: Store, delivery: Delivery) -> Hearing {
        let service = Arc::clone(&self.service);
        let hearing = async move {
            let first = Arc::default();
            let shared = call.clone().attempted(&first);
            let mut outcome = take_in(&*service, &shared, &store, &delivery).await;
            if outcome.is_err() && first.deserves_another() {
                let alone = call.attempted(&Arc::new(Attempt::alone()));
                outcome = take_in(&*service, &alone, &store, &delivery).await;
            }
            outcome
        };
        to_completion(Effect::Idempotent, Box::pin(hearing))
    }
}

/// Takes a fact in, unless it was heard before.
async fn take_in<S: Listen<F>, F: Fact>(
    service: &S,
    call: &Call,
    store: &Store,
    delivery: &Delivery,
) -> Result<(), RemoteError> {
    let fact: F = decode(delivery)?;
    let mut transaction = store.write(call).await?;
    if record_heard(&mut transaction, &delivery.id).await? {
        service.hear(&mut transaction, fact).await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn decode<F: Fact>(delivery: &Delivery) -> Result<F, RemoteError> {
    serde_json::from_str(&delivery.body)
        .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))
}
