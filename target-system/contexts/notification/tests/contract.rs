//! What notification promises, under every wiring.

use shop_contracts::notification::ListInbox;
use shop_contracts::order::{OrderCancelled, OrderPlaced};
use shop_contracts::{Cents, CustomerId, Line, OrderId, ProductId};
use shop_notification::Notification;
use shop_platform::{Audit, Module};
use shop_testing::{Bench, Setup};

fn placed(customer: &CustomerId) -> OrderPlaced {
    OrderPlaced {
        order_id: OrderId::from("o1"),
        customer_id: customer.clone(),
        cart_id: None,
        lines: vec![Line {
            product_id: ProductId::seeded(1),
            quantity: 2,
        }],
        total: Cents(1999),
    }
}

#[tokio::test]
async fn a_fact_delivered_twice_makes_one_message() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Notification>().await;
        let customer = CustomerId::seeded(1);
        shop.deliver_twice(&placed(&customer)).await;

        let inbox = shop
            .call(ListInbox {
                customer_id: customer,
            })
            .await
            .unwrap();

        assert_eq!(inbox.len(), 1, "{setup:?}");
        assert_eq!(inbox[0].text, "Thank you for order o1 over €19.99.");
    }
}

#[tokio::test]
async fn an_inbox_shows_the_newest_message_first_and_none_of_other_customers() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Notification>().await;
        let (one, other) = (CustomerId::seeded(1), CustomerId::seeded(2));
        let cancelled = OrderCancelled {
            order_id: OrderId::from("o1"),
            customer_id: one.clone(),
            total: Cents(1999),
        };
        shop.deliver_twice(&placed(&one)).await;
        shop.deliver_twice(&placed(&other)).await;
        shop.deliver_twice(&cancelled).await;

        let inbox = shop.call(ListInbox { customer_id: one }).await.unwrap();

        let kinds: Vec<_> = inbox.iter().map(|notice| notice.kind.as_str()).collect();
        assert_eq!(kinds, ["order_cancelled", "order_placed"], "{setup:?}");
    }
}

#[tokio::test]
async fn the_audit_counts_an_order_that_made_two_messages() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Notification>().await;
        let mut audit = Audit::default();
        audit.add(&Module::of::<Notification>(), shop.parts());
        let counts = async || {
            let counts = audit.take().await.unwrap();
            ["notification.order-placed", "notification.doubled"].map(|name| counts[name])
        };
        let first = placed(&CustomerId::seeded(1));
        let second = OrderPlaced {
            order_id: OrderId::from("o2"),
            ..first.clone()
        };
        shop.deliver_twice(&first).await;
        shop.deliver_twice(&second).await;
        assert_eq!(counts().await, [2, 0], "{setup:?}");
        // A new delivery, which is like that of a second purchase.
        shop.deliver_twice(&first).await;
        assert_eq!(counts().await, [3, 1], "{setup:?}");
    }
}
