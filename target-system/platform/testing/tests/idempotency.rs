//! Idempotency keys: the same question has one answer, another question is refused.

mod toy;

use shop_calls::{Call, CallError, Failure, Principal, Problem, RemoteError, RemoteKind, Subject};
use shop_contracts::{Context, CustomerId, ErrorCode};
use shop_stores::{Begun, Store, StoreError, Ticket};
use shop_testing::{Bench, Mount, Setup, Wiring};
use std::time::Duration;
use toy::{Add, Added, Total, Toy, ToyError};

fn keyed(key: &str) -> Call {
    Call::within(Duration::from_secs(5)).keyed(key)
}

fn code_of<T: std::fmt::Debug>(outcome: Result<T, CallError<ToyError>>) -> ErrorCode {
    match outcome {
        Err(CallError::Remote(RemoteError {
            kind: RemoteKind::Answered(code),
            ..
        })) => code,
        other => panic!("{other:?} has no code"),
    }
}

async fn total(shop: &Mount) -> Result<u32, CallError<ToyError>> {
    shop.call(Total {}).await
}

#[tokio::test]
async fn the_same_key_and_request_take_effect_once_and_get_the_first_answer() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        for _ in 0..3 {
            assert_eq!(
                shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap(),
                5
            );
        }
        assert_eq!(total(&shop).await.unwrap(), 5, "{setup:?}");
        assert_eq!(shop.published::<Added>().await.len(), 1);
    }
}

#[tokio::test]
async fn without_a_key_every_request_takes_effect() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        for _ in 0..3 {
            shop.call(Add { amount: 5 }).await.unwrap();
        }
        assert_eq!(total(&shop).await.unwrap(), 15, "{setup:?}");
    }
}

#[tokio::test]
async fn another_request_under_a_used_key_is_refused() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap();
        let other = shop.call_as(&keyed("k"), Add { amount: 6 }).await;
        assert_eq!(code_of(other), ErrorCode::IdempotencyKeyReused, "{setup:?}");
    }
}

/// The error is compared whole: its text reaches the client, and its kind decides on retries.
#[tokio::test]
async fn the_refusal_reads_the_same_however_the_request_travelled() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap();
        let other = shop.call_as(&keyed("k"), Add { amount: 6 }).await;
        let what = "the idempotency key was used for another request";
        let kind = RemoteKind::Answered(ErrorCode::IdempotencyKeyReused);
        let refusal = CallError::Remote(RemoteError::new(kind, Context::Cart, what));
        assert_eq!(other, Err(refusal.clone()), "{setup:?}");
        assert_eq!(Problem::from(refusal).message, what);
    }
}

#[tokio::test]
async fn two_customers_may_use_the_same_key() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        for number in 1..=2 {
            let subject = Subject::Customer(CustomerId::seeded(number));
            let call = keyed("k").on_behalf_of(Principal {
                subject,
                scopes: Vec::new(),
            });
            shop.call_as(&call, Add { amount: number }).await.unwrap();
        }
        assert_eq!(total(&shop).await.unwrap(), 3, "{setup:?}");
    }
}

#[tokio::test]
async fn a_refusal_leaves_nothing_behind_and_may_be_followed_by_success() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let refusal = shop
            .call_as(&keyed("k"), Add { amount: 101 })
            .await
            .unwrap_err();
        assert_eq!(refusal, CallError::Domain(ToyError::TooMuch { limit: 100 }));
        assert_eq!(total(&shop).await.unwrap(), 0, "{setup:?}");
        assert!(shop.published::<Added>().await.is_empty());
        assert_eq!(
            shop.call_as(&keyed("k"), Add { amount: 7 }).await.unwrap(),
            7
        );
    }
}

#[tokio::test]
async fn a_key_that_is_being_worked_on_is_a_conflict_until_it_is_given_up() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let (store, call, request) = (&shop.parts().store, keyed("k"), Add { amount: 5 });
        let minute = Duration::from_secs(60);
        let Begun::Fresh(ticket) = store.begin_once(&call, &request, minute).await.unwrap() else {
            panic!("nobody has answered yet")
        };
        let second = store.begin_once(&call, &request, minute).await;
        assert!(
            matches!(second, Err(Failure::Fault(fault)) if fault.code() == ErrorCode::Conflict)
        );
        ticket.give_up(store, &call).await.unwrap();
        let third = store.begin_once(&call, &request, minute).await;
        assert!(matches!(third, Ok(Begun::Fresh(_))));
    }
}

#[tokio::test]
async fn a_claim_whose_lease_is_over_may_be_taken_over_and_answered_once() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let (store, call, request) = (&shop.parts().store, keyed("k"), Add { amount: 5 });
        store
            .begin_once(&call, &request, Duration::ZERO)
            .await
            .unwrap();
        let Begun::Fresh(ticket) = store
            .begin_once(&call, &request, Duration::ZERO)
            .await
            .unwrap()
        else {
            panic!("the lease is over")
        };
        let mut transaction = store.write(&call).await.unwrap();
        ticket.answer(&mut transaction, &42_u32).await.unwrap();
        transaction.commit().await.unwrap();
        let after = store
            .begin_once(&call, &request, Duration::ZERO)
            .await
            .unwrap();
        assert!(matches!(after, Begun::Answered(42)));
    }
}

/// Claims the key although another request may be working on it: its lease is over.
async fn take_over(store: &Store, call: &Call, request: &Add) -> Ticket {
    match store.begin_once(call, request, Duration::ZERO).await {
        Ok(Begun::Fresh(ticket)) => ticket,
        _ => panic!("nobody has answered yet, and nobody has a lease"),
    }
}

#[tokio::test]
async fn an_overtaken_request_cannot_give_up_the_claim_of_its_successor() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let (store, call, request) = (&shop.parts().store, keyed("k"), Add { amount: 5 });
        let late = take_over(store, &call, &request).await;
        let ticket = take_over(store, &call, &request).await;
        late.give_up(store, &call).await.unwrap();
        let minute = Duration::from_secs(60);
        let third = store.begin_once(&call, &request, minute).await;
        assert!(
            matches!(third, Err(Failure::Fault(fault)) if fault.code() == ErrorCode::Conflict),
            "{setup:?}"
        );
        ticket.give_up(store, &call).await.unwrap();
        let fourth = store.begin_once(&call, &request, minute).await;
        assert!(matches!(fourth, Ok(Begun::Fresh(_))), "{setup:?}");
    }
}

#[tokio::test]
async fn an_overtaken_request_cannot_answer_whether_or_not_there_is_an_answer() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let (store, call, request) = (&shop.parts().store, keyed("k"), Add { amount: 5 });
        let late = take_over(store, &call, &request).await;
        let ticket = take_over(store, &call, &request).await;
        let refused = async || {
            let mut transaction = store.write(&call).await.unwrap();
            let refused = late.answer(&mut transaction, &41_u32).await;
            assert!(matches!(refused, Err(StoreError::Overtaken)), "{setup:?}");
        };
        refused().await;
        let mut transaction = store.write(&call).await.unwrap();
        ticket.answer(&mut transaction, &42_u32).await.unwrap();
        transaction.commit().await.unwrap();
        refused().await;
        let after = store.begin_once(&call, &request, Duration::ZERO).await;
        assert!(matches!(after, Ok(Begun::Answered(42))), "{setup:?}");
    }
}

#[tokio::test]
async fn an_answer_is_forgotten_when_its_time_is_over_and_not_before() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap();
        shop.parts().store.forget_before(0).await.unwrap();
        shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap();
        assert_eq!(total(&shop).await.unwrap(), 5);
        shop.parts().store.forget_before(i64::MAX).await.unwrap();
        shop.call_as(&keyed("k"), Add { amount: 5 }).await.unwrap();
        assert_eq!(total(&shop).await.unwrap(), 10);
    }
}
