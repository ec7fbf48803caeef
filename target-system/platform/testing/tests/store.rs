//! The store: commits stay, dropped transactions are undone, writers queue instead of failing.

mod toy;

use shop_calls::Call;
use shop_stores::{StoreError, sql};
use shop_testing::{Bench, Mount, Setup, Wiring};
use std::sync::Arc;
use std::time::Duration;
use toy::Toy;

fn call() -> Call {
    Call::within(Duration::from_secs(10))
}

async fn amounts(shop: &Mount, list: &[u32]) -> Result<Vec<u32>, StoreError> {
    let select = sql("SELECT amount FROM cart_toy WHERE amount IN ($*) ORDER BY amount")
        .bind_list(list.iter().copied());
    shop.parts()
        .store
        .all(&call(), select, |row| row.get("amount"))
        .await
}

async fn insert(shop: &Mount, amount: u32, commit: bool) -> Result<(), StoreError> {
    let mut transaction = shop.parts().store.write(&call()).await?;
    transaction
        .run(sql("INSERT INTO cart_toy (amount) VALUES ($1)").bind(amount))
        .await?;
    if commit {
        transaction.commit().await
    } else {
        Ok(())
    }
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        insert(&shop, 1, false).await.unwrap();
        insert(&shop, 2, true).await.unwrap();
        assert_eq!(amounts(&shop, &[1, 2]).await.unwrap(), [2]);
    }
}

#[tokio::test]
async fn a_list_finds_each_of_its_values_whatever_its_length() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        for amount in 0..9 {
            insert(&shop, amount, true).await.unwrap();
        }
        for length in 0..9 {
            let list: Vec<u32> = (0..length).collect();
            assert_eq!(amounts(&shop, &list).await.unwrap(), list);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_queue_and_none_fails() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Arc::new(Bench::new(setup).mount::<Toy>().await);
        let writers = (0..50).map(|amount| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { insert(&shop, amount, true).await })
        });
        for written in futures::future::join_all(writers).await {
            written.unwrap().unwrap();
        }
        let all: Vec<u32> = (0..50).collect();
        assert_eq!(amounts(&shop, &all).await.unwrap(), all);
    }
}

#[tokio::test]
async fn no_call_waits_for_the_writer_beyond_its_deadline() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let held = shop.parts().store.write(&call()).await.unwrap();
        let short = Call::within(Duration::from_millis(20));
        let refused = shop.parts().store.write(&short).await;
        assert!(matches!(refused, Err(StoreError::Deadline)));
        drop(held);
        insert(&shop, 1, true).await.unwrap();
    }
}

#[tokio::test]
async fn readers_do_not_wait_for_the_writer() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = Bench::new(setup).mount::<Toy>().await;
        let mut held = shop.parts().store.write(&call()).await.unwrap();
        held.run(sql("INSERT INTO cart_toy (amount) VALUES (1)"))
            .await
            .unwrap();
        assert!(amounts(&shop, &[1]).await.unwrap().is_empty());
    }
}
