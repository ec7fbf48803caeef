//! What a process says about itself: spans, metrics, logs. No globals: the handle is passed on.

mod export;
mod logs;
mod metrics;
mod propagate;
mod spans;

pub use export::TelemetryError;
pub use logs::start_logging;
pub use metrics::Metrics;
pub use propagate::{parse_traceparent, traceparent};
pub use spans::ActiveSpan;

use crate::Call;
use crate::outbox::DELIVER;
use crate::transport::{Message, Peer};
use opentelemetry::trace::{SpanKind, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use shop_contracts::Context;
use std::sync::Arc;
use std::time::Duration;

/// The handle to a process's telemetry, cheap to clone, labelled with the context that holds it.
#[derive(Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
    context: Option<Context>,
}

struct Shared {
    tracer: SdkTracer,
    metrics: Metrics,
    queue: Option<Arc<export::Queue>>,
    throttle: logs::Throttle,
}

impl Telemetry {
    /// Telemetry that counts but traces nothing.
    #[must_use]
    pub fn untraced() -> Self {
        Self::with(&SdkTracerProvider::builder().build(), Metrics::new(), None)
    }

    /// Telemetry that sends the spans of this process to an OTLP/gRPC endpoint, such as
    /// `http://127.0.0.1:4317`. Call it inside the runtime.
    ///
    /// # Errors
    /// When the endpoint is not one.
    pub fn exporting(process: &str, endpoint: &str) -> Result<Self, TelemetryError> {
        let metrics = Metrics::new();
        let (provider, queue) = export::exporting(process, endpoint, &metrics)?;
        Ok(Self::with(&provider, metrics, Some(queue)))
    }

    fn with(
        provider: &SdkTracerProvider,
        metrics: Metrics,
        queue: Option<Arc<export::Queue>>,
    ) -> Self {
        let tracer = provider.tracer("shop");
        let throttle = logs::Throttle::default();
        Self {
            shared: Arc::new(Shared {
                tracer,
                metrics,
                queue,
                throttle,
            }),
            context: None,
        }
    }

    /// The same handle in the hands of this context.
    #[must_use]
    pub fn of(&self, context: Context) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            context: Some(context),
        }
    }

    /// The process's metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Sends what is left and stops.
    pub async fn stop(&self, within: Duration) {
        if let Some(queue) = &self.shared.queue
            && !queue.stop(within).await
        {
            tracing::warn!("spans were still on their way at the end");
        }
    }

    pub(crate) fn throttle(&self) -> &logs::Throttle {
        &self.shared.throttle
    }

    /// A span that is a child of the call's.
    #[must_use]
    pub fn span(&self, kind: SpanKind, name: impl Into<String>, call: &Call) -> ActiveSpan {
        ActiveSpan::start(
            &self.shared.tracer,
            kind,
            name.into(),
            call.trace(),
            self.context,
        )
    }

    /// The span of one attempt of a call.
    pub(crate) fn call(
        &self,
        call: &Call,
        message: &Message<'_>,
        peer: &Peer,
        resend: u32,
    ) -> ActiveSpan {
        let name = format!("{}/{}", message.callee, message.method);
        let kind = match message.method {
            DELIVER => SpanKind::Producer,
            _ => peer.kind.clone(),
        };
        let at = if peer.process.is_none() {
            self.of(message.callee)
        } else {
            self.clone()
        };
        let mut span = at.span(kind, name, call);
        span.describe_call(message, peer, resend);
        span
    }

    /// The span and the measurement of one statement.
    pub(crate) fn database(
        &self,
        call: &Call,
        system: &'static str,
        sql: &str,
    ) -> DatabaseOperation {
        let (operation, collection) = spans::operation(sql);
        self.operation(call, system, &operation, &collection)
    }

    /// The span and the measurement of one operation on a database.
    pub(crate) fn operation(
        &self,
        call: &Call,
        system: &'static str,
        operation: &str,
        collection: &str,
    ) -> DatabaseOperation {
        let name = format!("{operation} {collection}");
        let mut span = self.span(SpanKind::Client, name.trim_end(), call);
        span.set("db.system.name", system);
        span.set("db.operation.name", operation.to_owned());
        span.set("db.collection.name", collection.to_owned());
        DatabaseOperation {
            telemetry: self.clone(),
            span,
            operation: operation.to_owned(),
            collection: collection.to_owned(),
        }
    }
}

/// A statement under way.
pub(crate) struct DatabaseOperation {
    telemetry: Telemetry,
    span: ActiveSpan,
    operation: String,
    collection: String,
}

impl DatabaseOperation {
    pub(crate) fn finish(mut self, took: Duration, well: bool) {
        if !well {
            self.span.fail("database");
        }
        self.telemetry
            .metrics()
            .ran_statement(&self.operation, &self.collection, took);
    }
}
