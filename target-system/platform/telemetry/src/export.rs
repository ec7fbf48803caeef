//! Sends ended spans out of the process and accounts for every one of them.
//!
//! The SDK's batch processor drops spans silently when its queue is full, and pays for the whole
//! queue in memory from the start. This one grows as needed up to a bound, and counts: once it is
//! flushed, `ended = exported + dropped`.

use super::metrics::Metrics;
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use prometheus::IntCounter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How many spans may wait.
const QUEUE: usize = 65_536;
/// How many are sent at once.
const BATCH: usize = 512;
/// How long a span waits for others to fill its batch.
const DELAY: Duration = Duration::from_millis(200);
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

const INSTANCE_ID: Key = Key::from_static_str("service.instance.id");

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("prepare the span exporter: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The tracer provider of a process that sends its spans to this OTLP/gRPC endpoint, and the queue
/// that they wait in. It must be made inside the tokio runtime, which drives the connection.
pub(super) fn exporting(
    process: &str,
    endpoint: &str,
    metrics: &Metrics,
) -> Result<(SdkTracerProvider, Arc<Queue>), TelemetryError> {
    let mut exporter = OtlpExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let resource = resource(process);
    exporter.set_resource(&resource);
    let queue = Arc::new(Queue::new(metrics));
    tokio::spawn(Arc::clone(&queue).export_to(exporter));
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(Enqueue(Arc::clone(&queue)))
        .build();
    Ok((provider, queue))
}

/// Who sends the spans. Whoever starts instances names them in `OTEL_RESOURCE_ATTRIBUTES`; without
/// that, the process id tells one from another.
fn resource(process: &str) -> Resource {
    let named = Resource::builder().with_service_name(process.to_owned());
    let from_environment = Resource::builder().build();
    if from_environment.get(&INSTANCE_ID).is_some() {
        return named.build();
    }
    let unique = format!("{process}-{}", std::process::id());
    named
        .with_attribute(KeyValue::new(INSTANCE_ID, unique))
        .build()
}

/// Ended spans that wait to be exported.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// There is a whole batch, or a flush was requested.
    due: Notify,
    /// A flush is complete.
    flushed: Notify,
    ended: IntCounter,
    exported: IntCounter,
    dropped: IntCounter,
}

#[derive(Debug, Default)]
struct Waiting {
    spans: Vec<SpanData>,
    stopping: bool,
}

impl Queue {
    fn new(metrics: &Metrics) -> Self {
        Self {
            waiting: Mutex::default(),
            due: Notify::new(),
            flushed: Notify::new(),
            ended: metrics.spans_ended.clone(),
            exported: metrics.spans_exported.clone(),
            dropped: metrics.spans_dropped.clone(),
        }
    }

    fn push(&self, span: SpanData) {
        self.ended.inc();
        let mut waiting = self.lock();
        if waiting.stopping || waiting.spans.len() >= QUEUE {
            self.dropped.inc();
            return;
        }
        waiting.spans.push(span);
        if waiting.spans.len() == BATCH {
            self.due.notify_one();
        }
    }

    /// Exports ended spans in batches until stopped; then exports the rest.
    async fn export_to(self: Arc<Self>, exporter: impl SpanExporter) {
        loop {
            // A full batch and the end of the delay mean the same: export now.
            let _ = timeout(DELAY, self.due.notified()).await;
            let (spans, stopping) = {
                let mut waiting = self.lock();
                (std::mem::take(&mut waiting.spans), waiting.stopping)
            };
            let mut spans = spans.into_iter();
            while spans.len() > 0 {
                self.export(&exporter, spans.by_ref().take(BATCH).collect())
                    .await;
            }
            if stopping {
                self.flushed.notify_one();
                return;
            }
        }
    }

    async fn export(&self, exporter: &impl SpanExporter, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        let counter = match exporter.export(batch).await {
            Ok(()) => &self.exported,
            Err(_) => &self.dropped,
        };
        counter.inc_by(spans);
    }

    /// Takes no more spans and waits until the queued ones are exported; false when time ran out.
    pub(super) async fn stop(&self, within: Duration) -> bool {
        self.lock().stopping = true;
        self.due.notify_one();
        timeout(within, self.flushed.notified()).await.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands spans that end to the queue.
#[derive(Debug)]
struct Enqueue(Arc<Queue>);

impl SpanProcessor for Enqueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.push(span);
    }

    /// The queue is flushed by [`Queue::stop`], which need not block a thread.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::error::OTelSdkError;

    /// An exporter that accepts or refuses everything.
    #[derive(Debug)]
    struct Fixed(bool);

    impl SpanExporter for Fixed {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            assert!(batch.len() <= BATCH);
            if self.0 {
                Ok(())
            } else {
                Err(OTelSdkError::InternalFailure("no".to_owned()))
            }
        }
    }

    async fn counts_after(spans: u64, accepted: bool) -> (u64, u64, u64) {
        let metrics = Metrics::new();
        let queue = Arc::new(Queue::new(&metrics));
        let exporting = tokio::spawn(Arc::clone(&queue).export_to(Fixed(accepted)));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Enqueue(Arc::clone(&queue)))
            .build();
        let tracer = provider.tracer("test");
        (0..spans).for_each(|_| tracer.start("span").end());
        assert!(queue.stop(Duration::from_secs(10)).await);
        exporting.await.unwrap();
        let counts = [
            &metrics.spans_ended,
            &metrics.spans_exported,
            &metrics.spans_dropped,
        ];
        let [ended, exported, dropped] = counts.map(IntCounter::get);
        (ended, exported, dropped)
    }

    #[tokio::test]
    async fn every_span_that_ends_is_counted_as_exported() {
        assert_eq!(counts_after(2_000, true).await, (2_000, 2_000, 0));
    }

    #[tokio::test]
    async fn spans_that_the_endpoint_refuses_are_counted_as_dropped() {
        assert_eq!(counts_after(700, false).await, (700, 0, 700));
    }

    #[tokio::test]
    async fn spans_beyond_the_queue_are_counted_as_dropped() {
        let queue = QUEUE as u64;
        assert_eq!(
            counts_after(queue + 100, true).await,
            (queue + 100, queue, 100)
        );
    }
}
