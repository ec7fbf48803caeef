//! A fact as the broker carries it: the fact's JSON as the body, everything else beside it.

use crate::outgoing::Outgoing;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use shop_calls::Delivery;

const AGGREGATE: &str = "aggregate";
const TRACEPARENT: &str = "traceparent";
const REASON: &str = "reason";
/// Kept on disk.
const PERSISTENT: u8 = 2;

/// The properties of a message that carries this fact, as part of this trace.
pub(super) fn properties(fact: &Outgoing, traceparent: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    let mut header = |name: &str, value: &str| {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    };
    header(AGGREGATE, &fact.aggregate);
    header(TRACEPARENT, traceparent);
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(short(&fact.delivery.id))
        .with_type(short(&fact.delivery.fact))
        .with_headers(headers)
}

/// The same properties with the reason why the fact was given up.
pub(super) fn with_reason(properties: BasicProperties, reason: &str) -> BasicProperties {
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(REASON.into(), AMQPValue::LongString(reason.into()));
    properties.with_headers(headers)
}

/// The fact in a message. What is missing is empty: then no listener is found for it, and it is
/// dead-lettered like any other fact that cannot be taken in.
pub(super) fn read(properties: &BasicProperties, body: &[u8]) -> Outgoing {
    let header = |name: &str| match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text_of(text)),
        _ => None,
    };
    let short =
        |text: &Option<ShortString>| text.as_ref().map_or("", ShortString::as_str).to_owned();
    Outgoing {
        aggregate: header(AGGREGATE).unwrap_or_default(),
        traceparent: header(TRACEPARENT).unwrap_or_default(),
        delivery: Delivery {
            id: short(properties.message_id()),
            fact: short(properties.kind()),
            body: String::from_utf8_lossy(body).into_owned(),
        },
    }
}

fn text_of(text: &LongString) -> String {
    String::from_utf8_lossy(text.as_bytes()).into_owned()
}

/// Ids and names of the shop are short; a longer text is not one of them.
fn short(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_survives_the_broker_and_the_dead_letter_queue() {
        let delivery = Delivery {
            id: "0190".to_owned(),
            fact: "OrderPlaced".to_owned(),
            body: r#"{"order_id":"ö1"}"#.to_owned(),
        };
        let fact = Outgoing {
            aggregate: "ö1".to_owned(),
            traceparent: String::new(),
            delivery,
        };
        let sent = with_reason(properties(&fact, "00-1-2-01"), "no such order");
        let read = read(&sent, fact.delivery.body.as_bytes());
        assert_eq!(read.aggregate, fact.aggregate);
        assert_eq!(read.traceparent, "00-1-2-01");
        assert_eq!(read.delivery.id, fact.delivery.id);
        assert_eq!(read.delivery.fact, fact.delivery.fact);
        assert_eq!(read.delivery.body, fact.delivery.body);
    }

    #[test]
    fn a_foreign_message_is_a_fact_without_a_name() {
        let read = read(&BasicProperties::default(), b"\xff");
        assert_eq!(
            (read.delivery.fact, read.aggregate),
            (String::new(), String::new())
        );
    }
}
