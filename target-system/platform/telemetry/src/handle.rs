//! The handle through which every part of a process measures: cheap to clone, labelled with the
//! context that holds it.

use super::export::{self, Queue, TelemetryError};
use super::logs::Throttle;
use super::metrics::Metrics;
use super::spans::ActiveSpan;
use opentelemetry::trace::{SpanContext, SpanKind, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use shop_contracts::Context;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The handle to a process's telemetry, cheap to clone, labelled with the context that holds it.
#[derive(Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
    context: Option<Context>,
}

struct Shared {
    tracer: SdkTracer,
    metrics: Metrics,
    queue: Option<Arc<Queue>>,
    throttle: Throttle,
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

    fn with(provider: &SdkTracerProvider, metrics: Metrics, queue: Option<Arc<Queue>>) -> Self {
        let tracer = provider.tracer("shop");
        let throttle = Throttle::default();
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

    /// Warns that a request failed, at most once a second.
    pub fn request_failed(&self, route: &str, status: u16, span: &SpanContext) {
        self.shared.throttle.request_failed(route, status, span);
    }

    /// A child of this span.
    #[must_use]
    pub fn span(
        &self,
        kind: SpanKind,
        name: impl Into<String>,
        parent: &SpanContext,
    ) -> ActiveSpan {
        ActiveSpan::start(&self.shared.tracer, kind, name.into(), parent, self.context)
    }

    /// The span and the measurement of one operation on a database. They begin now, so that they
    /// hold what its caller waits for: a connection, too.
    #[must_use]
    pub fn operation(
        &self,
        parent: &SpanContext,
        database: &DatabaseSystem<'_>,
        operation: &str,
        collection: &str,
    ) -> DatabaseOperation {
        let name = format!("{operation} {collection}");
        let mut span = self.span(SpanKind::Client, name.trim_end(), parent);
        span.set("db.system.name", database.system);
        if let Some((host, port)) = database.server {
            span.set_server(host, port);
        }
        span.set("db.operation.name", operation.to_owned());
        span.set("db.collection.name", collection.to_owned());
        DatabaseOperation {
            telemetry: self.clone(),
            span,
            operation: operation.to_owned(),
            collection: collection.to_owned(),
            began: Instant::now(),
        }
    }
}

/// A database as telemetry knows it.
pub struct DatabaseSystem<'a> {
    /// Its name after the conventions of OpenTelemetry.
    pub system: &'static str,
    /// Host and port; none for a file.
    pub server: Option<(&'a str, u16)>,
}

/// An operation on a database under way.
pub struct DatabaseOperation {
    telemetry: Telemetry,
    span: ActiveSpan,
    operation: String,
    collection: String,
    began: Instant,
}

impl DatabaseOperation {
    /// Records how long it took and whether it succeeded.
    pub fn finish(mut self, succeeded: bool) {
        let took = self.began.elapsed();
        if !succeeded {
            self.span.fail("database");
        }
        self.telemetry
            .metrics()
            .ran_statement(&self.operation, &self.collection, took);
    }
}
