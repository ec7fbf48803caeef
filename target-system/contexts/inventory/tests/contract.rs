//! What inventory promises, under every wiring.

use rand::RngExt as _;
use shop_contracts::inventory::{
    Availability, Commit, InventoryError, Release, Reservation, Reserve, Restock,
};
use shop_contracts::{Line, OrderId, ProductId};
use shop_inventory::Inventory;
use shop_platform::{BoundedContext as _, Call, CallError, Scale, sql};
use shop_testing::{Bench, Mount, Setup, Wiring};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

type Outcome<T = Reservation> = Result<T, CallError<InventoryError>>;

const LONG: u32 = 60_000;

async fn mount(setup: Setup) -> Mount {
    Bench::new(setup).mount::<Inventory>().await
}

fn ask(order: &str, lines: &[(u32, u32)], ttl_ms: u32) -> Reserve {
    let line = |(rank, quantity): &(u32, u32)| Line {
        product_id: ProductId::seeded(*rank),
        quantity: *quantity,
    };
    Reserve {
        order_id: OrderId::from(order),
        lines: lines.iter().map(line).collect(),
        ttl_ms,
    }
}

async fn commit(shop: &Mount, order: &str) -> Outcome {
    let order_id = OrderId::from(order);
    shop.call(Commit { order_id }).await
}

async fn release(shop: &Mount, order: &str) -> Outcome<()> {
    let order_id = OrderId::from(order);
    shop.call(Release { order_id }).await
}

async fn available(shop: &Mount, rank: u32) -> u32 {
    let product_ids = vec![ProductId::seeded(rank), ProductId::from("p-none")];
    let stock = shop.call(Availability { product_ids }).await;
    let stock = stock.expect("looking at the stock is never refused");
    assert_eq!(stock.len(), 1, "a product never stocked is absent");
    stock[0].available
}

/// Shelves whose stock is not the sum of their movements.
async fn out_of_balance(shop: &Mount) -> Vec<String> {
    let select = sql(
        "SELECT s.product_id || '@' || s.warehouse AS shelf FROM inventory_stock s \
         JOIN inventory_movements m \
         ON m.product_id = s.product_id AND m.warehouse = s.warehouse \
         GROUP BY s.product_id, s.warehouse, s.on_hand, s.reserved \
         HAVING SUM(m.on_hand) <> s.on_hand OR SUM(m.reserved) <> s.reserved",
    );
    let call = Call::within(Duration::from_secs(10));
    let store = &shop.parts().store;
    store
        .all(&call, select, |row| row.get("shelf"))
        .await
        .expect("the books can be read")
}

#[tokio::test]
async fn reserving_twice_keeps_once_and_releasing_gives_everything_back() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let before = available(&shop, 1).await;
        let first = shop.call(ask("o1", &[(1, 3), (2, 1)], LONG)).await.unwrap();
        let again = shop.call(ask("o1", &[(1, 3), (2, 1)], LONG)).await.unwrap();
        assert_eq!(first, again, "{setup:?}");
        assert_eq!(available(&shop, 1).await, before - 3);
        release(&shop, "o1").await.unwrap();
        release(&shop, "o1").await.unwrap();
        assert_eq!(available(&shop, 1).await, before);
        let late = commit(&shop, "o1").await;
        assert_eq!(
            late,
            Err(CallError::Domain(InventoryError::ReservationExpired))
        );
        assert!(out_of_balance(&shop).await.is_empty());
    }
}

#[tokio::test]
async fn committed_stock_leaves_once_and_comes_back_when_it_is_released() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let before = available(&shop, 1).await;
        let reserved = shop.call(ask("o1", &[(1, 3)], LONG)).await.unwrap();
        assert_eq!(commit(&shop, "o1").await.unwrap(), reserved, "{setup:?}");
        assert_eq!(commit(&shop, "o1").await.unwrap(), reserved);
        assert_eq!(available(&shop, 1).await, before - 3);
        release(&shop, "o1").await.unwrap();
        assert_eq!(available(&shop, 1).await, before);
        let unknown = commit(&shop, "o2").await;
        assert_eq!(
            unknown,
            Err(CallError::Domain(InventoryError::UnknownReservation))
        );
        assert!(out_of_balance(&shop).await.is_empty());
    }
}

#[tokio::test]
async fn a_release_that_came_first_wins_over_a_late_reserve() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let before = available(&shop, 1).await;
        release(&shop, "o1").await.unwrap();
        let late = shop.call(ask("o1", &[(1, 3)], LONG)).await;
        let refusal = InventoryError::ReservationExpired;
        assert_eq!(late, Err(CallError::Domain(refusal)), "{setup:?}");
        assert_eq!(available(&shop, 1).await, before);
    }
}

#[tokio::test]
async fn all_lines_are_kept_or_none() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let (first, second) = (available(&shop, 1).await, available(&shop, 2).await);
        let refused = shop.call(ask("o1", &[(1, 3), (2, second + 1)], LONG)).await;
        let refusal = InventoryError::OutOfStock {
            product_id: ProductId::seeded(2),
            available: second,
        };
        assert_eq!(refused, Err(CallError::Domain(refusal)), "{setup:?}");
        assert_eq!(available(&shop, 1).await, first);
        shop.call(ask("o1", &[(1, 3), (2, second)], LONG))
            .await
            .unwrap();
        assert_eq!(available(&shop, 2).await, 0);
    }
}

#[tokio::test]
async fn an_expired_reservation_cannot_be_committed_even_before_the_sweep() {
    for setup in Setup::all() {
        let bench = Bench::new(setup).settings(r#"{"inventory":{"sweep_every":"1000s"}}"#);
        let shop = bench.mount::<Inventory>().await;
        let reserved = shop.call(ask("o1", &[(1, 3)], 0)).await;
        // A wiring that sends twice gets the second answer, which is the refusal.
        assert_eq!(reserved.is_err(), setup.wiring == Wiring::Serialised);
        let late = commit(&shop, "o1").await;
        let refusal = InventoryError::ReservationExpired;
        assert_eq!(late, Err(CallError::Domain(refusal)), "{setup:?}");
    }
}

#[tokio::test]
async fn the_sweep_gives_expired_stock_back_and_leaves_the_rest() {
    for setup in Setup::each(Wiring::InProcess) {
        let bench = Bench::new(setup).settings(r#"{"inventory":{"sweep_every":"1ms"}}"#);
        let shop = bench.mount::<Inventory>().await;
        let before = available(&shop, 1).await;
        shop.call(ask("kept", &[(1, 2)], LONG)).await.unwrap();
        shop.call(ask("late", &[(1, 3)], 0)).await.unwrap();
        let swept = async { while available(&shop, 1).await != before - 2 {} };
        tokio::time::timeout(Duration::from_secs(10), swept)
            .await
            .unwrap();
        commit(&shop, "kept").await.unwrap();
        assert!(out_of_balance(&shop).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_pieces_go_to_exactly_as_many_orders() {
    for setup in Setup::all() {
        let shop = Arc::new(mount(setup).await);
        let all = available(&shop, 1).await;
        shop.call(ask("most", &[(1, all - 5)], LONG)).await.unwrap();
        let mut orders = JoinSet::new();
        for order in 0..20 {
            let shop = Arc::clone(&shop);
            let reserve = ask(&format!("o{order}"), &[(1, 1)], LONG);
            orders.spawn(async move { shop.call(reserve).await });
        }
        let outcomes = orders.join_all().await;
        let lucky = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(lucky, 5, "{setup:?}");
        let sold_out = CallError::Domain(InventoryError::OutOfStock {
            product_id: ProductId::seeded(1),
            available: 0,
        });
        let others = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(others.into_iter().all(|refusal| *refusal == sold_out));
        assert_eq!(available(&shop, 1).await, 0);
        assert!(out_of_balance(&shop).await.is_empty());
    }
}

#[tokio::test]
async fn goods_arrive_once_under_one_key_and_only_where_there_is_a_shelf() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let before = available(&shop, 1).await;
        let goods = |product: &str, warehouse: &str, quantity| Restock {
            product_id: ProductId::from(product),
            warehouse: warehouse.to_owned(),
            quantity,
        };
        let keyed = Call::within(Duration::from_secs(10)).keyed("truck");
        for _ in 0..2 {
            let stock = shop.call_as(&keyed, goods("p00001", "berlin", 7)).await;
            assert_eq!(stock.unwrap().available, before + 7, "{setup:?}");
        }
        for (refused, why) in [
            (goods("p-none", "berlin", 7), InventoryError::UnknownProduct),
            (goods("p00001", "moon", 7), InventoryError::UnknownWarehouse),
            (
                goods("p00001", "berlin", 0),
                InventoryError::InvalidQuantity,
            ),
        ] {
            assert_eq!(shop.call(refused).await, Err(CallError::Domain(why)));
        }
        assert!(out_of_balance(&shop).await.is_empty());
    }
}

#[tokio::test]
async fn after_any_sequence_of_calls_the_ledger_sums_to_the_stock() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = mount(setup).await;
        let mut draws = shop.parts().scale.stream("a random history");
        for _ in 0..400 {
            let order = format!("o{}", draws.random_range(0..30));
            // Refusals belong to it: they must leave no trace in the books.
            match draws.random_range(0..4) {
                0 | 1 => {
                    let pieces = [1, 2, 400_000][draws.random_range(0..3)];
                    let lines = [(draws.random_range(1..4), pieces), (4, 1)];
                    let ttl_ms = [0, LONG][draws.random_range(0..2)];
                    let _ = shop.call(ask(&order, &lines, ttl_ms)).await;
                }
                2 => drop(commit(&shop, &order).await),
                _ => release(&shop, &order).await.unwrap(),
            }
        }
        assert_eq!(out_of_balance(&shop).await, Vec::<String>::new());
    }
}

/// Empties the shop and seeds it anew with so many products; every shelf as text.
async fn reseeded(shop: &Mount, products: u32) -> Vec<String> {
    let mut parts = shop.parts().clone();
    parts.scale = Scale {
        products,
        ..parts.scale
    };
    let call = Call::within(Duration::from_secs(60));
    let mut emptying = parts.store.write(&call).await.expect("nobody else writes");
    for table in ["inventory_stock", "inventory_movements"] {
        let delete = sql(format!("DELETE FROM {table}"));
        emptying.run(delete).await.expect("the table is there");
    }
    emptying.commit().await.expect("the shop can be emptied");
    Inventory::seed(&parts)
        .await
        .expect("the shop can be seeded");
    let select = sql(
        "SELECT product_id || warehouse || on_hand AS shelf FROM inventory_stock \
         ORDER BY product_id, warehouse",
    );
    let shelves = parts.store.all(&call, select, |row| row.get("shelf"));
    shelves.await.expect("the stock can be read")
}

#[tokio::test]
async fn a_world_larger_than_a_batch_is_seeded_whole_and_the_same_each_time() {
    for setup in Setup::each(Wiring::InProcess) {
        let shop = mount(setup).await;
        let shelves = reseeded(&shop, 600).await;
        assert_eq!(shelves.len(), 600 * 4);
        assert!(available(&shop, 600).await >= 800_000);
        assert!(out_of_balance(&shop).await.is_empty());
        assert_eq!(reseeded(&shop, 600).await, shelves);
    }
}
