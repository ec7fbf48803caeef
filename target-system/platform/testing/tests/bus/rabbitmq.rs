//! What happens to facts when the broker or the connection to it breaks. Skipped without a broker.

use crate::broker::Broker;
use crate::pair::{Pair, eventually};
use crate::proxy::Proxy;
use crate::toy::POISON;
use shop_facts::Bus;
use shop_telemetry::Telemetry;

/// A pair whose facts go through a proxy to a broker, with one fact heard already.
async fn at_work() -> Option<(Broker, Proxy, Pair)> {
    let broker = Broker::named()?;
    let proxy = Proxy::to(&broker.url).await;
    let mut pair = Pair::open(Telemetry::untraced()).await;
    proxy.open();
    pair.carry(Some(broker.at(&proxy.url)));
    pair.publish("the counter", 1).await;
    assert_eq!(pair.heard(1).await, [1]);
    // The fact is heard before the outbox learns of it.
    eventually(async || pair.metric("outbox_delivered_total") == 1).await;
    Some((broker, proxy, pair))
}

#[tokio::test]
async fn a_fact_that_keeps_failing_is_given_up_with_its_reason_and_the_next_is_heard() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let mut pair = Pair::open(Telemetry::untraced()).await;
    pair.carry(Some(broker.at(&broker.url)));
    pair.publish("the counter", POISON).await;
    pair.publish("the counter", 1).await;
    assert_eq!(pair.heard(1).await, [1]);
    assert_eq!(pair.metric("messaging_dead_lettered_messages_total"), 1);
    let (body, reason) = broker.dead_letter().await.unwrap();
    assert_eq!(body, format!(r#"{{"amount":{POISON}}}"#));
    assert!(reason.contains("not now"), "{reason}");
    assert!(broker.dead_letter().await.is_none());
    pair.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn facts_that_were_heard_but_not_acknowledged_are_redelivered_and_have_one_effect() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let proxy = Proxy::to(&broker.url).await;
    let mut pair = Pair::open(Telemetry::untraced()).await;
    proxy.open();
    pair.consume(broker.at(&proxy.url));
    pair.relay(Bus::RabbitMq(broker.at(&broker.url)));
    pair.publish("the counter", 1).await;
    assert_eq!(pair.heard(1).await, [1]);
    proxy.mute();
    for amount in 2..=6 {
        pair.publish("the counter", amount).await;
    }
    assert_eq!(pair.heard(6).await, [1, 2, 3, 4, 5, 6]);
    proxy.cut();
    proxy.open();
    eventually(async || pair.metric("messaging_redelivered_messages_total") >= 5).await;
    pair.publish("the counter", 7).await;
    assert_eq!(pair.heard(7).await, [1, 2, 3, 4, 5, 6, 7]);
    pair.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn while_the_broker_is_gone_facts_wait_in_the_outbox_and_none_is_lost() {
    let Some((broker, proxy, pair)) = at_work().await else {
        return;
    };
    proxy.cut();
    for amount in 2..=20 {
        pair.publish("the counter", amount).await;
    }
    eventually(async || pair.metric("outbox_depth") == 19).await;
    proxy.open();
    assert_eq!(pair.heard(20).await, (1..=20).collect::<Vec<u32>>());
    eventually(async || pair.metric("outbox_depth") == 0).await;
    pair.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn a_broker_that_no_longer_answers_is_reached_over_a_new_connection() {
    let Some((broker, proxy, pair)) = at_work().await else {
        return;
    };
    proxy.mute();
    pair.publish("the counter", 2).await;
    eventually(async || pair.metric("outbox_depth") == 1).await;
    proxy.open();
    assert_eq!(pair.heard(2).await, [1, 2]);
    pair.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn a_listener_that_starts_before_the_broker_hears_everything_once_the_broker_is_up() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let proxy = Proxy::to(&broker.url).await;
    let mut pair = Pair::open(Telemetry::untraced()).await;
    pair.carry(Some(broker.at(&proxy.url)));
    for amount in 1..=3 {
        pair.publish("the counter", amount).await;
    }
    eventually(async || pair.metric("outbox_depth") == 3).await;
    proxy.open();
    assert_eq!(pair.heard(3).await, [1, 2, 3]);
    pair.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn a_second_replica_of_the_listener_does_not_break_the_order() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let mut pair = Pair::open(Telemetry::untraced()).await;
    pair.consume(broker.at(&broker.url));
    pair.carry(Some(broker.at(&broker.url)));
    for amount in 101..=150 {
        pair.publish("the counter", amount).await;
    }
    assert_eq!(pair.heard(50).await, (101..=150).collect::<Vec<u32>>());
    pair.close().await;
    broker.clean().await;
}
