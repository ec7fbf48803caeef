//! Concurrent writers: each takes effect as if it had been alone, and none is refused.

mod toy;

use shop_calls::Call;
use shop_contracts::ErrorCode;
use shop_stores::{StoreError, sql};
use shop_testing::{Bench, Mount, Setup, Wiring};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use toy::{Add, Added, Total, Toy};

const WRITERS: u32 = 24;

fn call() -> Call {
    Call::within(Duration::from_secs(20))
}

/// A slow disk must not fail a test.
async fn mount(setup: Setup) -> Mount {
    let patient = r#"{"resilience": {"timeout": "20s"}}"#;
    Bench::new(setup).settings(patient).mount::<Toy>().await
}

/// Each addition reads what all others have added, so no two of them may run as if the other was
/// not there: the running totals that they answer with are all different.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn additions_at_the_same_time_all_succeed_and_each_sees_those_before() {
    for setup in Setup::all() {
        let shop = Arc::new(mount(setup).await);
        let mut additions = JoinSet::new();
        for number in 0..WRITERS {
            let shop = Arc::clone(&shop);
            let keyed = call().keyed(format!("k{number}"));
            additions.spawn(async move { shop.call_as(&keyed, Add { amount: 1 }).await });
        }
        let outcomes = additions.join_all().await.into_iter();
        let mut totals: Vec<u32> = outcomes.collect::<Result<_, _>>().unwrap();
        totals.sort_unstable();
        assert_eq!(totals, (1..=WRITERS).collect::<Vec<_>>(), "{setup:?}");
        assert_eq!(shop.call(Total {}).await.unwrap(), WRITERS);
        assert_eq!(shop.published::<Added>().await.len(), WRITERS as usize);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_used_concurrently_takes_effect_once_and_gives_all_the_same_answer() {
    for setup in Setup::all() {
        let shop = Arc::new(mount(setup).await);
        let mut additions = JoinSet::new();
        for _ in 0..WRITERS {
            let shop = Arc::clone(&shop);
            let keyed = call().keyed("k");
            additions.spawn(async move { shop.call_as(&keyed, Add { amount: 5 }).await });
        }
        for total in additions.join_all().await {
            assert_eq!(total.unwrap(), 5, "{setup:?}");
        }
        assert_eq!(shop.published::<Added>().await.len(), 1);
    }
}

async fn count(shop: &Mount) -> Result<i64, StoreError> {
    let select = sql("SELECT COUNT(*) AS rows FROM cart_toy");
    let (store, call) = (&shop.parts().store, call());
    let count = store.first(&call, select, |row| row.get("rows")).await?;
    Ok(count.unwrap_or(0))
}

async fn housekeeping(shop: &Mount) -> Result<(), StoreError> {
    let mut transaction = shop.parts().store.write(&call()).await?;
    let insert = "INSERT INTO cart_toy (amount) SELECT COUNT(*) * 0 + 1 FROM cart_toy";
    transaction.run(sql(insert)).await?;
    transaction.commit().await
}

/// Housekeeping is not run again at once, so it must not lose against handlers that are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_would_not_be_run_again_never_loses() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Arc::new(mount(setup).await);
        let mut work = JoinSet::new();
        for _ in 0..WRITERS {
            let (one, other) = (Arc::clone(&shop), Arc::clone(&shop));
            work.spawn(async move { one.call(Add { amount: 1 }).await.is_ok() });
            work.spawn(async move { housekeeping(&other).await.is_ok() });
        }
        for outcome in work.join_all().await {
            assert!(outcome, "{setup:?}");
        }
        assert_eq!(
            count(&shop).await.unwrap(),
            i64::from(2 * WRITERS),
            "{setup:?}"
        );
    }
}

#[tokio::test]
async fn a_text_with_a_nul_character_is_invalid_on_every_engine() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let select = sql("SELECT id FROM cart_heard WHERE id = $1").bind("a\0b");
        let (store, call) = (&shop.parts().store, call());
        let refused = store.all::<String>(&call, select, |row| row.get("id"));
        assert_eq!(refused.await.unwrap_err().code(), ErrorCode::Invalid);
    }
}
