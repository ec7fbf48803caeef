//! A span that ends when it is dropped.

use crate::transport::{Message, Peer};
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, Span};
use shop_contracts::Context;

/// A span under way. It ends when dropped, so every way out of a function is timed.
pub struct ActiveSpan(Span);

impl ActiveSpan {
    pub(super) fn start(
        tracer: &SdkTracer,
        kind: SpanKind,
        name: String,
        parent: &SpanContext,
        context: Option<Context>,
    ) -> Self {
        let mut above = opentelemetry::Context::new();
        if parent.is_valid() {
            // An invalid parent would count as one that decided against sampling.
            above = above.with_remote_span_context(parent.clone());
        }
        let builder = SpanBuilder::from_name(name).with_kind(kind);
        let mut span = tracer.build_with_context(builder, &above);
        if let Some(context) = context {
            span.set_attribute(KeyValue::new("shop.context", context.name()));
        }
        Self(span)
    }

    /// Sets an attribute.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.set_attribute(KeyValue::new(key, value));
    }

    /// Marks the span as failed, with an `error.type` from a small, closed set.
    pub fn fail(&mut self, error_type: &'static str) {
        self.set("error.type", error_type);
        self.0.set_status(Status::error(error_type));
    }

    /// What children and other processes need to know of this span.
    #[must_use]
    pub fn context(&self) -> &SpanContext {
        self.0.span_context()
    }

    pub(super) fn describe_call(&mut self, message: &Message<'_>, peer: &Peer, resend: u32) {
        let callee = message.callee.name();
        self.set(
            "peer.service",
            peer.process.clone().unwrap_or_else(|| callee.to_owned()),
        );
        if let Some((address, port)) = &peer.address {
            self.set("server.address", address.clone());
            self.set("server.port", i64::from(*port));
        }
        if resend > 0 {
            self.set("http.request.resend_count", i64::from(resend));
        }
    }
}

/// The operation of a statement and the table it is about.
pub(super) fn operation(sql: &str) -> (String, String) {
    let mut words = sql.split_whitespace();
    let operation = words.next().unwrap_or_default().to_ascii_uppercase();
    let marker = match operation.as_str() {
        "UPDATE" => return (operation, name(words.next())),
        "INSERT" => "INTO",
        _ => "FROM",
    };
    let collection = name(
        words
            .skip_while(|word| !word.eq_ignore_ascii_case(marker))
            .nth(1),
    );
    (operation, collection)
}

fn name(word: Option<&str>) -> String {
    let word = word.unwrap_or_default();
    word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .next()
        .unwrap_or("")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::operation;

    #[test]
    fn a_statement_tells_its_operation_and_its_table() {
        let told = |sql| {
            let (operation, table) = operation(sql);
            format!("{operation} {table}")
        };
        assert_eq!(
            told("SELECT a FROM order_orders WHERE b = $1"),
            "SELECT order_orders"
        );
        assert_eq!(
            told("insert into cart_lines(a) VALUES ($1)"),
            "INSERT cart_lines"
        );
        assert_eq!(
            told("UPDATE payment_intents SET a = 1"),
            "UPDATE payment_intents"
        );
        assert_eq!(told("DELETE FROM order_outbox;"), "DELETE order_outbox");
        assert_eq!(told("COMMIT"), "COMMIT ");
    }
}
