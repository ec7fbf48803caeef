//! The attributes of spans about messages, after the messaging conventions of OpenTelemetry.

use crate::outgoing::Outgoing;
use shop_contracts::Context;
use shop_telemetry::ActiveSpan;

/// Sets the attributes that say which message a span is about.
pub(super) fn describe(
    span: &mut ActiveSpan,
    operation: &'static str,
    destination: &str,
    listener: Context,
    fact: &Outgoing,
) {
    span.set("messaging.system", "rabbitmq");
    span.set("messaging.operation.type", operation);
    span.set("messaging.operation.name", operation);
    span.set("messaging.destination.name", destination.to_owned());
    let key = "messaging.rabbitmq.destination.routing_key";
    span.set(key, listener.name());
    span.set("messaging.message.id", fact.delivery.id.clone());
    let bytes = i64::try_from(fact.delivery.body.len()).unwrap_or(i64::MAX);
    span.set("messaging.message.body.size", bytes);
    span.set("shop.fact", fact.delivery.fact.clone());
}
