//! What holds for every way in which facts are carried.

use crate::broker::Broker;
use crate::pair::Pair;
use crate::toy::POISON;
use shop_telemetry::Telemetry;
use shop_testing::Backing;
use std::collections::BTreeMap;

/// Every way to carry facts that can be tested here, on every engine; without a broker the way is
/// the direct one.
fn buses() -> Vec<(Backing, Option<Broker>)> {
    let of = |backing| {
        let broker = Broker::named().map(|broker| (backing, Some(broker)));
        [Some((backing, None)), broker]
    };
    Backing::all().into_iter().flat_map(of).flatten().collect()
}

/// Opens a pair and starts to carry its facts.
async fn carried_by(backing: Backing, broker: Option<&Broker>) -> Pair {
    let mut pair = Pair::on(backing, Telemetry::untraced()).await;
    pair.carry(broker.map(|broker| broker.at(&broker.url)));
    pair
}

async fn done(pair: Pair, broker: Option<Broker>) {
    pair.close().await;
    if let Some(broker) = broker {
        broker.clean().await;
    }
}

#[tokio::test]
async fn facts_of_an_aggregate_are_heard_once_each_and_in_order_although_the_listener_fails() {
    for (backing, broker) in buses() {
        let pair = carried_by(backing, broker.as_ref()).await;
        for amount in 101..=110 {
            pair.publish("the counter", amount).await;
        }
        let heard = pair.heard(10).await;
        assert_eq!(heard, (101..=110).collect::<Vec<u32>>());
        done(pair, broker).await;
    }
}

#[tokio::test]
async fn a_fact_that_was_published_before_the_relay_started_is_heard_too() {
    for (backing, broker) in buses() {
        let mut pair = Pair::on(backing, Telemetry::untraced()).await;
        pair.publish("the counter", 1).await;
        pair.carry(broker.as_ref().map(|broker| broker.at(&broker.url)));
        assert_eq!(pair.heard(1).await, [1]);
        done(pair, broker).await;
    }
}

#[tokio::test]
async fn a_fact_that_is_never_taken_in_does_not_hold_up_other_aggregates() {
    for (backing, broker) in buses() {
        let pair = carried_by(backing, broker.as_ref()).await;
        pair.publish("sick", POISON).await;
        for amount in 101..=105 {
            pair.publish("well", amount).await;
        }
        assert_eq!(pair.heard(5).await, [101, 102, 103, 104, 105]);
        done(pair, broker).await;
    }
}

#[tokio::test]
async fn many_aggregates_at_once_each_keep_their_order() {
    const AGGREGATES: u32 = 20;
    const FACTS: u32 = 10;
    for (backing, broker) in buses() {
        let pair = carried_by(backing, broker.as_ref()).await;
        for fact in 0..FACTS {
            for aggregate in 1..=AGGREGATES {
                let amount = aggregate * 100 + fact;
                pair.publish(&aggregate.to_string(), amount).await;
            }
        }
        let mut by_aggregate: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for amount in pair.heard((AGGREGATES * FACTS) as usize).await {
            by_aggregate
                .entry(amount / 100)
                .or_default()
                .push(amount % 100);
        }
        let expected = (1..=AGGREGATES).map(|aggregate| (aggregate, (0..FACTS).collect()));
        assert_eq!(by_aggregate, expected.collect());
        done(pair, broker).await;
    }
}
