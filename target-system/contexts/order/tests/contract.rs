//! What order promises, under every wiring.

mod common;

use common::{World, purchase, shop};
use shop_contracts::order::{
    Basket, Cancel, Get, List, OrderCancelled, OrderError, OrderPlaced, OrderStatus, Quote,
};
use shop_contracts::{CartId, Cents, CustomerId, DomainError as _, ErrorCode, Line, ProductId};
use shop_order::Order;
use shop_platform::{Audit, Call, CallError, Module, RemoteKind};
use shop_testing::{Mount, Setup, Wiring};
use std::sync::Arc;
use std::time::Duration;

fn keyed(key: &str) -> Call {
    Call::within(Duration::from_secs(10)).keyed(key)
}

#[tokio::test]
async fn a_quote_sums_items_shipping_and_tax() {
    for setup in Setup::all() {
        let shop = shop(setup, &Arc::default(), "{}").await;
        let quote = Quote {
            basket: Basket::Cart(CartId::from("full")),
            country: "DE".to_owned(),
        };
        let quotation = shop.call(quote).await.unwrap();
        assert_eq!(quotation.items, Cents(2000), "{setup:?}");
        assert_eq!(quotation.total, Cents(2000 + 490 + 380));
    }
}

#[tokio::test]
async fn a_basket_that_cannot_be_sold_is_refused_with_its_reason() {
    for setup in Setup::each(Wiring::InProcess) {
        let lines = |id: &str, quantity| {
            let product_id = ProductId::from(id);
            Basket::Lines(vec![Line {
                product_id,
                quantity,
            }])
        };
        let unknown = ProductId::from("p-none");
        let too_many = "a basket holds 1 to 100 products, 1 to 99 of each".to_owned();
        let cases = [
            (
                Basket::Cart(CartId::from("no-cart")),
                OrderError::UnknownCart,
            ),
            (Basket::Cart(CartId::from("empty")), OrderError::EmptyBasket),
            (Basket::Lines(Vec::new()), OrderError::EmptyBasket),
            (
                lines("p-none", 1),
                OrderError::UnknownProduct {
                    product_id: unknown,
                },
            ),
            (
                lines("p00001", 100),
                OrderError::Invalid { reason: too_many },
            ),
        ];
        let shop = shop(setup, &Arc::default(), "{}").await;
        for (basket, expected) in cases {
            let country = "DE".to_owned();
            let refusal = shop.call(Quote { basket, country }).await.unwrap_err();
            assert_eq!(refusal, CallError::Domain(expected));
        }
    }
}

#[tokio::test]
async fn a_purchase_takes_stock_and_money_books_a_parcel_and_is_published_once() {
    for setup in Setup::all() {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        let order = shop.call(purchase()).await.unwrap();
        assert_eq!(order.status, OrderStatus::Paid, "{setup:?}");
        assert!(order.tracking.is_some());
        let id = order.order_id.to_string();
        {
            let state = world.state();
            let all = [&state.committed, &state.captured, &state.shipped];
            assert!(all.iter().all(|step| step.contains(&id)));
        }
        let placed: Vec<OrderPlaced> = shop.published().await;
        assert_eq!(placed.len(), 1);
        let order_id = order.order_id.clone();
        assert_eq!(shop.call(Get { order_id }).await.unwrap(), order);
    }
}

#[tokio::test]
async fn the_same_key_replays_the_answer_and_never_another_request() {
    for setup in Setup::all() {
        let shop = shop(setup, &Arc::default(), "{}").await;
        let first = shop.call_as(&keyed("k"), purchase()).await.unwrap();
        let again = shop.call_as(&keyed("k"), purchase()).await.unwrap();
        assert_eq!(first, again, "{setup:?}");
        let mut other = purchase();
        other.basket = Basket::Cart(CartId::from("full"));
        let refusal = shop.call_as(&keyed("k"), other).await.unwrap_err();
        let CallError::Remote(refusal) = refusal else {
            panic!("{refusal:?} is not of the platform");
        };
        assert_eq!(refusal.kind.code().http_status(), 422);
        let placed: Vec<OrderPlaced> = shop.published().await;
        assert_eq!(placed.len(), 1);
    }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_taken_whether_or_not_it_took_effect() {
    let cases = [
        (Some("reserve"), None),
        (None, Some("reserve")),
        (Some("authorise"), None),
        (None, Some("authorise")),
        (Some("ship"), None),
        (Some("capture"), None),
        (None, Some("capture")),
        (Some("commit"), None),
    ];
    for setup in Setup::all() {
        for (refused, lost) in cases {
            let world = Arc::<World>::default();
            let shop = shop(setup, &world, "{}").await;
            {
                let mut state = world.state();
                (state.refused, state.lost) = (refused, lost);
            }
            shop.call(purchase()).await.unwrap_err();
            let at = format!("{setup:?}, refused {refused:?}, lost {lost:?}");
            {
                let state = world.state();
                assert!(
                    state.reserved.is_empty() && state.committed.is_empty(),
                    "{at}"
                );
                let money_back = state.captured == state.refunded;
                let nothing_held = state.authorised.is_subset(&state.refunded);
                assert!(money_back && nothing_held, "{at}");
            }
            assert!(shop.published::<OrderPlaced>().await.is_empty(), "{at}");
            let booked = !world.state().shipped.is_empty();
            let called_off = !shop.published::<OrderCancelled>().await.is_empty();
            assert!(called_off || !booked, "{at}: a parcel would go out");
            let (customer_id, page) = (CustomerId::seeded(1), 1);
            let orders = shop.call(List { customer_id, page }).await.unwrap();
            assert_eq!(orders.items[0].status, OrderStatus::Failed, "{at}");
        }
    }
}

#[tokio::test]
async fn refusals_of_other_contexts_become_errors_of_order() {
    for setup in Setup::each(Wiring::Http) {
        let product_id = ProductId::seeded(1);
        let reason = "do not honour".to_owned();
        let cases = [
            ("reserve", OrderError::OutOfStock { product_id }),
            ("authorise", OrderError::PaymentDeclined { reason }),
        ];
        for (step, expected) in cases {
            let world = Arc::<World>::default();
            world.state().refused = Some(step);
            let shop = shop(setup, &world, "{}").await;
            let refusal = shop.call(purchase()).await.unwrap_err();
            assert_eq!(refusal, CallError::Domain(expected));
        }
        let shop = shop(setup, &Arc::default(), "{}").await;
        let mut abroad = purchase();
        abroad.address.country = "AQ".to_owned();
        let country = "AQ".to_owned();
        assert_eq!(
            shop.call(abroad).await.unwrap_err(),
            CallError::Domain(OrderError::NoServiceTo { country })
        );
    }
}

#[tokio::test]
async fn after_a_failure_the_same_key_may_try_again() {
    for setup in Setup::each(Wiring::Http) {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        world.state().refused = Some("authorise");
        shop.call_as(&keyed("k"), purchase()).await.unwrap_err();
        world.state().refused = None;
        let order = shop.call_as(&keyed("k"), purchase()).await.unwrap();
        assert_eq!(order.status, OrderStatus::Paid);
    }
}

#[tokio::test]
async fn cancelling_gives_money_and_stock_back_once() {
    for setup in Setup::all() {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        let order_id = shop.call(purchase()).await.unwrap().order_id;
        for _ in 0..2 {
            let order_id = order_id.clone();
            let order = shop.call(Cancel { order_id }).await.unwrap();
            assert_eq!(order.status, OrderStatus::Cancelled, "{setup:?}");
        }
        {
            let state = world.state();
            assert!(state.committed.is_empty());
            assert_eq!(state.captured, state.refunded);
        }
        assert_eq!(shop.published::<OrderCancelled>().await.len(), 1);
    }
}

#[tokio::test]
async fn an_order_that_a_partner_has_refunded_can_be_cancelled() {
    for setup in Setup::all() {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        let order_id = shop.call(purchase()).await.unwrap().order_id;
        world.state().refused = Some("refund");
        let order = shop.call(Cancel { order_id }).await.unwrap();
        assert_eq!(order.status, OrderStatus::Cancelled, "{setup:?}");
        assert!(world.state().committed.is_empty());
        assert_eq!(shop.published::<OrderCancelled>().await.len(), 1);
    }
}

#[tokio::test]
async fn a_cancel_beside_the_refund_of_a_partner_is_a_conflict_and_may_be_tried_again() {
    for setup in Setup::all() {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        let order_id = shop.call(purchase()).await.unwrap().order_id;
        let cancel = || Cancel {
            order_id: order_id.clone(),
        };
        world.state().refused = Some("second refund");
        let refusal = shop.call(cancel()).await.unwrap_err();
        let expected = OrderError::RefundUnderWay;
        assert_eq!(expected.code().http_status(), 409);
        assert_eq!(refusal, CallError::Domain(expected), "{setup:?}");
        assert!(!world.state().committed.is_empty());
        world.state().refused = None;
        let order = shop.call(cancel()).await.unwrap();
        assert_eq!(order.status, OrderStatus::Cancelled, "{setup:?}");
    }
}

#[tokio::test]
async fn a_failed_order_cannot_be_cancelled_and_an_unknown_one_is_unknown() {
    for setup in Setup::each(Wiring::InProcess) {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        world.state().refused = Some("authorise");
        shop.call(purchase()).await.unwrap_err();
        let (customer_id, page) = (CustomerId::seeded(1), 1);
        let orders = shop.call(List { customer_id, page }).await.unwrap();
        let order_id = orders.items[0].order_id.clone();
        let status = OrderStatus::Failed;
        assert_eq!(
            shop.call(Cancel { order_id }).await.unwrap_err(),
            CallError::Domain(OrderError::CannotCancel { status })
        );
        let order_id = "nobody".into();
        assert_eq!(
            shop.call(Get { order_id }).await.unwrap_err(),
            CallError::Domain(OrderError::UnknownOrder)
        );
    }
}

#[tokio::test]
async fn two_at_once_under_one_key_buy_once() {
    for setup in Setup::each(Wiring::Http) {
        let shop = shop(setup, &Arc::default(), "{}").await;
        let call = keyed("k");
        let (one, two) = tokio::join!(
            shop.call_as(&call, purchase()),
            shop.call_as(&call, purchase())
        );
        // The second gets the first's order, or a conflict.
        let conflict = |outcome: &Result<_, CallError<OrderError>>| match outcome {
            Ok(_) => true,
            Err(CallError::Remote(error)) => {
                matches!(error.kind, RemoteKind::Answered(code) if code.http_status() == 409)
            }
            Err(CallError::Domain(_)) => false,
        };
        assert!(one.is_ok() || two.is_ok());
        assert!(conflict(&one) && conflict(&two), "{one:?} {two:?}");
        assert_eq!(shop.published::<OrderPlaced>().await.len(), 1);
    }
}

/// Where the newest order of customer 1 stands.
async fn status(shop: &Mount) -> OrderStatus {
    let (customer_id, page) = (CustomerId::seeded(1), 1);
    let orders = shop.call(List { customer_id, page }).await;
    orders.expect("the orders can be listed").items[0].status
}

/// Waits until the newest order of customer 1 has failed.
async fn fails(shop: &Mount) {
    let undone = async {
        while status(shop).await != OrderStatus::Failed {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), undone).await;
    in_time.expect("the dead purchase is found");
}

#[tokio::test]
async fn what_could_not_be_undone_at_once_is_undone_later() {
    for setup in Setup::each(Wiring::Http) {
        let world = Arc::<World>::default();
        let hurry = r#"{"order": {"dead_after": "0s", "look_every": "20ms"}}"#;
        let shop = shop(setup, &world, hurry).await;
        {
            let mut state = world.state();
            // The answer to the authorisation is lost, and then payment does not hear the undoing.
            (state.lost, state.refused) = (Some("authorise"), Some("abandon"));
        }
        shop.call(purchase()).await.unwrap_err();
        assert_eq!(status(&shop).await, OrderStatus::Pending);
        assert!(!world.state().authorised.is_empty());
        world.state().refused = None;
        fails(&shop).await;
        let state = world.state();
        assert!(state.authorised.is_empty() && state.reserved.is_empty());
    }
}

/// The process of the purchase is frozen until the money is on its way back, and thaws before
/// the process that took it for abandoned can mark the order as failed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_is_being_undone_is_never_paid_however_far_it_has_come() {
    for setup in Setup::each(Wiring::InProcess) {
        let world = Arc::<World>::default();
        world.state().frozen = true;
        let hurry = r#"{
            "order": {"dead_after": "0s", "look_every": "20ms"},
            "resilience": {"timeout": "10s"}
        }"#;
        let shop = shop(setup, &world, hurry).await;
        let outcome = shop.call(purchase()).await;
        world.state().frozen = false;
        let Err(CallError::Remote(refusal)) = outcome else {
            panic!("{outcome:?} of an order that is paid back, {setup:?}");
        };
        // As if the answer of the last step had been lost.
        assert_eq!(refusal.kind.code(), ErrorCode::Deadline, "{setup:?}");
        fails(&shop).await;
        assert!(shop.published::<OrderPlaced>().await.is_empty());
        assert_eq!(shop.published::<OrderCancelled>().await.len(), 1);
        let state = world.state();
        assert!(!state.captured.is_empty(), "{setup:?}");
        assert_eq!(state.captured, state.refunded, "{setup:?}");
    }
}

#[tokio::test]
async fn the_audit_counts_every_order_that_was_paid_also_one_cancelled_later() {
    for setup in Setup::all() {
        let world = Arc::<World>::default();
        let shop = shop(setup, &world, "{}").await;
        let mut audit = Audit::default();
        audit.add(&Module::of::<Order>(), shop.parts());
        shop.call(purchase()).await.unwrap();
        let order_id = shop.call(purchase()).await.unwrap().order_id;
        shop.call(Cancel { order_id }).await.unwrap();
        world.state().refused = Some("authorise");
        shop.call(purchase()).await.unwrap_err();
        let counts = audit.take().await.unwrap();
        assert_eq!(counts["order.placed"], 2, "{setup:?}");
        // Two were placed and one was cancelled, and on the bench no relay delivers.
        assert_eq!(counts["order.outbox"], 3, "{setup:?}");
    }
}
