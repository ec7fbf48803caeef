//! A span that ends when it is dropped.

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

    /// Says which server it is about.
    pub fn set_server(&mut self, host: &str, port: u16) {
        self.set("server.address", host.to_owned());
        self.set("server.port", i64::from(port));
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
}
