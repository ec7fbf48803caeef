//! What becomes of facts when the broker or the way to it breaks. Skipped without a broker.

use crate::broker::Broker;
use crate::cable::Cable;
use crate::site::{Site, eventually};
use crate::toy::POISON;
use shop_facts::Bus;
use shop_telemetry::Telemetry;

/// A site whose facts go over a cable to a broker, and come; the first was heard.
async fn at_work() -> Option<(Broker, Cable, Site)> {
    let broker = Broker::named()?;
    let cable = Cable::to(&broker.url).await;
    let mut site = Site::open(Telemetry::untraced()).await;
    cable.plug_in();
    site.carry(Some(broker.at(&cable.url)));
    site.publish("the counter", 1).await;
    assert_eq!(site.heard(1).await, [1]);
    // It was heard before it was known to be handed over.
    eventually(async || site.metric("outbox_delivered_total") == 1).await;
    Some((broker, cable, site))
}

#[tokio::test]
async fn a_fact_that_keeps_failing_is_given_up_with_its_reason_and_the_next_is_heard() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let mut site = Site::open(Telemetry::untraced()).await;
    site.carry(Some(broker.at(&broker.url)));
    site.publish("the counter", POISON).await;
    site.publish("the counter", 1).await;
    assert_eq!(site.heard(1).await, [1]);
    assert_eq!(site.metric("messaging_dead_lettered_messages_total"), 1);
    let (body, reason) = broker.exhume().await.unwrap();
    assert_eq!(body, format!(r#"{{"amount":{POISON}}}"#));
    assert!(reason.contains("not now"), "{reason}");
    assert!(broker.exhume().await.is_none());
    site.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn facts_that_were_heard_but_not_acknowledged_come_again_and_have_one_effect() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let cable = Cable::to(&broker.url).await;
    let mut site = Site::open(Telemetry::untraced()).await;
    cable.plug_in();
    site.consume(broker.at(&cable.url));
    site.relay(Bus::RabbitMq(broker.at(&broker.url)));
    site.publish("the counter", 1).await;
    assert_eq!(site.heard(1).await, [1]);
    cable.mute();
    for amount in 2..=6 {
        site.publish("the counter", amount).await;
    }
    assert_eq!(site.heard(6).await, [1, 2, 3, 4, 5, 6]);
    cable.pull();
    cable.plug_in();
    eventually(async || site.metric("messaging_redelivered_messages_total") >= 5).await;
    site.publish("the counter", 7).await;
    assert_eq!(site.heard(7).await, [1, 2, 3, 4, 5, 6, 7]);
    site.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn while_the_broker_is_gone_facts_wait_in_the_outbox_and_none_is_lost() {
    let Some((broker, cable, site)) = at_work().await else {
        return;
    };
    cable.pull();
    for amount in 2..=20 {
        site.publish("the counter", amount).await;
    }
    eventually(async || site.metric("outbox_depth") == 19).await;
    cable.plug_in();
    assert_eq!(site.heard(20).await, (1..=20).collect::<Vec<u32>>());
    eventually(async || site.metric("outbox_depth") == 0).await;
    site.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn a_broker_that_takes_nothing_more_is_left_for_a_new_connection() {
    let Some((broker, cable, site)) = at_work().await else {
        return;
    };
    cable.mute();
    site.publish("the counter", 2).await;
    eventually(async || site.metric("outbox_depth") == 1).await;
    cable.plug_in();
    assert_eq!(site.heard(2).await, [1, 2]);
    site.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn who_starts_before_the_broker_hears_everything_once_it_is_there() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let cable = Cable::to(&broker.url).await;
    let mut site = Site::open(Telemetry::untraced()).await;
    site.carry(Some(broker.at(&cable.url)));
    for amount in 1..=3 {
        site.publish("the counter", amount).await;
    }
    eventually(async || site.metric("outbox_depth") == 3).await;
    cable.plug_in();
    assert_eq!(site.heard(3).await, [1, 2, 3]);
    site.close().await;
    broker.clean().await;
}

#[tokio::test]
async fn a_second_replica_of_the_listener_does_not_break_the_order() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let mut site = Site::open(Telemetry::untraced()).await;
    site.consume(broker.at(&broker.url));
    site.carry(Some(broker.at(&broker.url)));
    for amount in 101..=150 {
        site.publish("the counter", amount).await;
    }
    assert_eq!(site.heard(50).await, (101..=150).collect::<Vec<u32>>());
    site.close().await;
    broker.clean().await;
}
