//! The spans of a fact's way through the broker belong to the trace that published it.

use crate::broker::Broker;
use crate::pair::Pair;
use crate::receiver::{Receiver, attribute};
use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use shop_calls::Call;
use shop_telemetry::Telemetry;
use std::time::Duration;

#[tokio::test]
async fn producer_and_consumer_spans_are_below_the_publisher_and_above_the_listener() {
    let Some(broker) = Broker::named() else {
        return;
    };
    let receiver = Receiver::default();
    let telemetry = Telemetry::exporting("bench", &receiver.listen().await).unwrap();
    let mut pair = Pair::open(telemetry.clone()).await;
    pair.carry(Some(broker.at(&broker.url)));
    let call = Call::within(Duration::from_secs(10));
    let order = telemetry.span(SpanKind::Internal, "order", call.trace());
    let call = call.traced(order.context().clone());
    pair.publish_as(&call, "the counter", 1).await;
    assert_eq!(pair.heard(1).await, [1]);
    drop(order);
    pair.close().await;
    telemetry.stop(Duration::from_secs(5)).await;
    let order = receiver.span("order", Kind::Internal);
    let all = receiver.spans();
    let of_kind = |kind: Kind| -> Vec<&Span> { all.iter().filter(|s| s.kind() == kind).collect() };
    let [sent] = of_kind(Kind::Producer)[..] else {
        panic!("one message was sent")
    };
    assert_eq!(
        (&sent.trace_id, &sent.parent_span_id),
        (&order.trace_id, &order.span_id)
    );
    let tried = of_kind(Kind::Consumer);
    assert_eq!(tried.len(), 4, "the listener fails three times");
    for consumed in tried {
        assert_eq!(
            (&consumed.trace_id, &consumed.parent_span_id),
            (&sent.trace_id, &sent.span_id)
        );
        assert_eq!(attribute(consumed, "messaging.system"), "rabbitmq");
        assert_eq!(attribute(consumed, "messaging.operation.type"), "process");
        assert_eq!(attribute(consumed, "shop.context"), "notification");
        let led_to = all
            .iter()
            .filter(|span| span.parent_span_id == consumed.span_id);
        assert!(led_to.count() > 0, "it reached the store");
    }
    broker.clean().await;
}
