//! What notification promises, under every wiring.

use shop_contracts::notification::ListInbox;
use shop_contracts::order::{OrderCancelled, OrderPlaced};
use shop_contracts::{Cents, CustomerId, Line, OrderId, ProductId};
use shop_notification::Notification;
use shop_platform::testing::{Bench, Wiring};

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
async fn a_fact_delivered_twice_is_told_once() {
    for wiring in Wiring::ALL {
        let shop = Bench::new(wiring).mount::<Notification>().await;
        let customer = CustomerId::seeded(1);
        shop.tell(&placed(&customer)).await;

        let inbox = shop
            .call(ListInbox {
                customer_id: customer,
            })
            .await
            .unwrap();

        assert_eq!(inbox.len(), 1, "{wiring:?}");
        assert_eq!(inbox[0].text, "Thank you for order o1 over €19.99.");
    }
}

#[tokio::test]
async fn an_inbox_shows_the_newest_message_first_and_nobody_elses() {
    for wiring in Wiring::ALL {
        let shop = Bench::new(wiring).mount::<Notification>().await;
        let (one, other) = (CustomerId::seeded(1), CustomerId::seeded(2));
        let cancelled = OrderCancelled {
            order_id: OrderId::from("o1"),
            customer_id: one.clone(),
            total: Cents(1999),
        };
        shop.tell(&placed(&one)).await;
        shop.tell(&placed(&other)).await;
        shop.tell(&cancelled).await;

        let inbox = shop.call(ListInbox { customer_id: one }).await.unwrap();

        let kinds: Vec<_> = inbox.iter().map(|notice| notice.kind.as_str()).collect();
        assert_eq!(kinds, ["order_cancelled", "order_placed"], "{wiring:?}");
    }
}
