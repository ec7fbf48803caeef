//! What cart promises, under every wiring, with a catalog that is a function.

use shop_cart::Cart;
use shop_contracts::cart::{Cart as Contents, CartError, Clear, Create, Get, PutItem, RemoveItem};
use shop_contracts::catalog::{GetProducts, ProductSummary};
use shop_contracts::order::OrderPlaced;
use shop_contracts::{CartId, Cents, CustomerId, ErrorCode, OrderId, ProductId};
use shop_platform::{Call, CallError};
use shop_testing::{Bench, Mount, Setup, Wiring, server};
use std::time::Duration;

/// Every wiring, each with carts in rows on every engine and with carts on Redis.
fn benches() -> Vec<(String, Bench)> {
    Wiring::ALL.into_iter().flat_map(each).collect()
}

/// One wiring, with carts in rows on every engine and with carts on Redis.
fn each(wiring: Wiring) -> Vec<(String, Bench)> {
    let rows = Setup::each(wiring).into_iter();
    let mut benches: Vec<_> = rows
        .map(|setup| (format!("{setup:?}"), bench(setup)))
        .collect();
    if let Some(url) = server("SHAKEDOWN_TEST_REDIS") {
        let bench = bench(wiring.into()).on_redis(&url);
        benches.push((format!("{wiring:?} on Redis"), bench));
    }
    benches
}

/// A catalog in which every product but `nothing` costs ten euros.
fn bench(setup: Setup) -> Bench {
    Bench::new(setup).fake(|ask: GetProducts| {
        let known = ask.product_ids.into_iter();
        let known = known.filter(|id| id.as_ref() != "nothing");
        Ok(known
            .map(|product_id| ProductSummary {
                name: format!("thing {product_id}"),
                product_id,
                price: Cents(1_000),
                weight_grams: 100,
            })
            .collect())
    })
}

#[expect(clippy::unwrap_used, reason = "a helper of tests is a test")]
async fn create(shop: &Mount) -> CartId {
    let customer_id = None;
    shop.call(Create { customer_id }).await.unwrap().cart_id
}

async fn put(
    shop: &Mount,
    cart: &CartId,
    product: &str,
    quantity: u32,
) -> Result<Contents, CallError<CartError>> {
    shop.call(PutItem {
        cart_id: cart.clone(),
        product_id: ProductId::from(product),
        quantity,
    })
    .await
}

#[tokio::test]
async fn the_same_key_creates_the_same_cart_and_another_key_another() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let customer_id = Some(CustomerId::seeded(1));
        let create = Create { customer_id };
        let keyed = |key: &str| Call::within(Duration::from_secs(10)).keyed(key);
        let first = shop.call_as(&keyed("a"), create.clone()).await.unwrap();
        let again = shop.call_as(&keyed("a"), create.clone()).await.unwrap();
        let other = shop.call_as(&keyed("b"), create).await.unwrap();
        assert_eq!(first, again, "{setup}");
        assert_ne!(first.cart_id, other.cart_id);
        assert_eq!(first.customer_id, Some(CustomerId::seeded(1)));
    }
}

#[tokio::test]
async fn a_key_that_was_used_for_another_customer_is_refused() {
    for (setup, bench) in each(Wiring::Serialised) {
        let shop = bench.mount::<Cart>().await;
        let keyed = Call::within(Duration::from_secs(10)).keyed("a");
        let create = |customer_id| shop.call_as(&keyed, Create { customer_id });
        create(Some(CustomerId::seeded(1))).await.unwrap();
        let refusal = create(Some(CustomerId::seeded(2))).await.unwrap_err();
        let CallError::Remote(fault) = refusal else {
            panic!("{setup}: {refusal:?}");
        };
        assert_eq!(fault.code(), ErrorCode::IdempotencyKeyReused, "{setup}");
    }
}

#[tokio::test]
async fn concurrent_creations_under_one_key_all_get_the_same_cart() {
    for (setup, bench) in each(Wiring::InProcess) {
        let shop = bench.mount::<Cart>().await;
        let keyed = Call::within(Duration::from_secs(10)).keyed("a");
        let customer_id = None;
        let create = || {
            shop.call_as(
                &keyed,
                Create {
                    customer_id: customer_id.clone(),
                },
            )
        };
        let (a, b, c, d) = tokio::join!(create(), create(), create(), create());
        let ids = [a, b, c, d].map(|cart| cart.unwrap().cart_id);
        assert!(ids.iter().all(|id| *id == ids[0]), "{setup}: {ids:?}");
    }
}

#[tokio::test]
async fn concurrent_puts_into_one_cart_are_all_kept() {
    for (setup, bench) in each(Wiring::InProcess) {
        let shop = bench.mount::<Cart>().await;
        let cart_id = create(&shop).await;
        let put = |product| put(&shop, &cart_id, product, 1);
        let (a, b, c, d) = tokio::join!(put("a"), put("b"), put("c"), put("d"));
        let sizes = [a, b, c, d].map(|cart| cart.unwrap().lines.len());
        assert_eq!(sizes.iter().max(), Some(&4), "{setup}: {sizes:?}");
        let cart = shop.call(Get { cart_id }).await.unwrap();
        assert_eq!(cart.lines.len(), 4, "{setup}");
    }
}

#[tokio::test]
async fn putting_sets_the_quantity_and_keeps_the_order_of_lines() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let cart_id = create(&shop).await;
        put(&shop, &cart_id, "b", 1).await.unwrap();
        put(&shop, &cart_id, "a", 2).await.unwrap();
        let cart = put(&shop, &cart_id, "b", 3).await.unwrap();
        let lines = cart.lines.iter();
        let lines: Vec<_> = lines.map(|l| (l.name.as_str(), l.quantity)).collect();
        assert_eq!(lines, [("thing b", 3), ("thing a", 2)], "{setup}");
        assert_eq!(cart.subtotal, Cents(5_000));
        assert_eq!(shop.call(Get { cart_id }).await.unwrap(), cart);
    }
}

#[tokio::test]
async fn what_is_taken_out_or_cleared_is_gone() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let cart_id = create(&shop).await;
        put(&shop, &cart_id, "a", 1).await.unwrap();
        put(&shop, &cart_id, "b", 1).await.unwrap();
        let remove = RemoveItem {
            cart_id: cart_id.clone(),
            product_id: ProductId::from("a"),
        };
        for _ in 0..2 {
            let cart = shop.call(remove.clone()).await.unwrap();
            assert_eq!((cart.lines.len(), cart.subtotal), (1, Cents(1_000)));
        }
        let cleared = shop.call(Clear { cart_id }).await.unwrap();
        assert_eq!(
            (cleared.lines, cleared.subtotal),
            (vec![], Cents(0)),
            "{setup}"
        );
    }
}

#[tokio::test]
async fn nonsense_is_refused_by_name() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let cart = create(&shop).await;
        let nowhere = CartId::from("nowhere");
        let cases = [
            (&cart, "nothing", 1, CartError::UnknownProduct),
            (&nowhere, "a", 1, CartError::UnknownCart),
            (&cart, "a", 0, CartError::InvalidQuantity { limit: 99 }),
            (&cart, "a", 100, CartError::InvalidQuantity { limit: 99 }),
        ];
        for (cart, product, quantity, expected) in cases {
            let refusal = put(&shop, cart, product, quantity).await.unwrap_err();
            assert_eq!(refusal, CallError::Domain(expected), "{setup}");
        }
    }
}

#[tokio::test]
async fn a_full_cart_takes_no_other_product_but_more_of_the_same() {
    for (_, bench) in each(Wiring::InProcess) {
        let shop = bench.mount::<Cart>().await;
        let cart = create(&shop).await;
        for number in 0..100 {
            put(&shop, &cart, &number.to_string(), 1).await.unwrap();
        }
        let refusal = put(&shop, &cart, "one more", 1).await.unwrap_err();
        assert_eq!(refusal, CallError::Domain(CartError::Full { limit: 100 }));
        let fuller = put(&shop, &cart, "7", 99).await.unwrap();
        assert_eq!(fuller.lines.len(), 100);
    }
}

#[tokio::test]
async fn an_order_empties_the_cart_it_came_from_and_no_other() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let (ordered, kept) = (create(&shop).await, create(&shop).await);
        put(&shop, &ordered, "a", 1).await.unwrap();
        put(&shop, &kept, "a", 1).await.unwrap();
        shop.deliver_twice(&OrderPlaced {
            order_id: OrderId::from("o1"),
            customer_id: CustomerId::seeded(1),
            cart_id: Some(ordered.clone()),
            lines: vec![],
            total: Cents(1_000),
        })
        .await;
        let ordered = shop.call(Get { cart_id: ordered }).await.unwrap();
        let kept = shop.call(Get { cart_id: kept }).await.unwrap();
        assert_eq!((ordered.lines.len(), kept.lines.len()), (0, 1), "{setup}");
    }
}

#[tokio::test]
async fn an_order_that_is_delivered_again_later_does_not_empty_what_was_put_in_since() {
    for (setup, bench) in benches() {
        let shop = bench.mount::<Cart>().await;
        let cart_id = create(&shop).await;
        put(&shop, &cart_id, "a", 1).await.unwrap();
        let placed = OrderPlaced {
            order_id: OrderId::from("o1"),
            customer_id: CustomerId::seeded(1),
            cart_id: Some(cart_id.clone()),
            lines: vec![],
            total: Cents(1_000),
        };
        let delivery = Mount::delivery(&placed);
        shop.deliver(&delivery).await;
        put(&shop, &cart_id, "b", 1).await.unwrap();
        shop.deliver(&delivery).await;
        let cart = shop.call(Get { cart_id }).await.unwrap();
        assert_eq!(cart.lines.len(), 1, "{setup}");
    }
}

#[tokio::test]
async fn an_abandoned_cart_is_deleted() {
    for (_, bench) in each(Wiring::InProcess) {
        let soon = r#"{"cart": {"abandoned_after": "0ms", "sweep_every": "1ms"}}"#;
        let shop = bench.settings(soon).mount::<Cart>().await;
        let cart_id = create(&shop).await;
        let swept = async {
            loop {
                let cart_id = cart_id.clone();
                if let Err(refusal) = shop.call(Get { cart_id }).await {
                    return refusal;
                }
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(10);
        let refusal = tokio::time::timeout(limit, swept).await.unwrap();
        assert_eq!(refusal, CallError::Domain(CartError::UnknownCart));
    }
}
