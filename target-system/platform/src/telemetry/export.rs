//! The way of a span out of the process, with every span accounted for.
//!
//! The SDK's batch processor drops spans silently when its queue is full. Here a counter in front
//! of it knows how many spans are on their way, and refuses (and counts) those that would not fit,
//! so that `ended = exported + dropped` once everything is flushed.

use super::Metrics;
use opentelemetry::Context;
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanExporter, SpanProcessor,
};
use prometheus::IntCounter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const QUEUE: usize = 65_536;
const BATCH: usize = 512;
const DELAY: Duration = Duration::from_millis(200);
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("prepare the span exporter: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The tracer provider of a process that sends its spans to this OTLP/gRPC endpoint. It must be
/// made inside the tokio runtime, which drives the connection.
pub(super) fn provider(
    process: &str,
    endpoint: &str,
    metrics: &Metrics,
) -> Result<SdkTracerProvider, TelemetryError> {
    let otlp = OtlpExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let instance = format!("{process}-{}", std::process::id());
    let resource = Resource::builder()
        .with_service_name(process.to_owned())
        .with_attribute(opentelemetry::KeyValue::new(
            "service.instance.id",
            instance,
        ))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(counted(otlp, metrics))
        .build())
}

/// A batch processor in front of an exporter, both watched.
fn counted<E: SpanExporter + 'static>(exporter: E, metrics: &Metrics) -> CountedProcessor {
    let under_way = Arc::new(AtomicUsize::new(0));
    let exporter = CountedExporter {
        inner: exporter,
        under_way: Arc::clone(&under_way),
        exported: metrics.spans_exported.clone(),
        dropped: metrics.spans_dropped.clone(),
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    CountedProcessor {
        inner: BatchSpanProcessor::builder(exporter)
            .with_batch_config(config)
            .build(),
        under_way,
        ended: metrics.spans_ended.clone(),
        dropped: metrics.spans_dropped.clone(),
    }
}

/// Counts spans that end, and drops those that would not fit into the queue.
#[derive(Debug)]
struct CountedProcessor {
    inner: BatchSpanProcessor,
    under_way: Arc<AtomicUsize>,
    ended: IntCounter,
    dropped: IntCounter,
}

impl SpanProcessor for CountedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.ended.inc();
        if self.under_way.fetch_add(1, Ordering::Relaxed) < QUEUE {
            self.inner.on_end(span);
        } else {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            self.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts spans that were delivered, and those that were not.
#[derive(Debug)]
struct CountedExporter<E> {
    inner: E,
    under_way: Arc<AtomicUsize>,
    exported: IntCounter,
    dropped: IntCounter,
}

impl<E: SpanExporter> SpanExporter for CountedExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.inner.export(batch).await;
        self.under_way.fetch_sub(spans, Ordering::Relaxed);
        let counter = if outcome.is_ok() {
            &self.exported
        } else {
            &self.dropped
        };
        counter.inc_by(spans as u64);
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
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
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            if self.0 {
                Ok(())
            } else {
                Err(OTelSdkError::InternalFailure("no".to_owned()))
            }
        }
    }

    fn counts_after(spans: u64, accepted: bool) -> (u64, u64, u64) {
        let metrics = Metrics::new();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(counted(Fixed(accepted), &metrics))
            .build();
        let tracer = provider.tracer("test");
        (0..spans).for_each(|_| tracer.start("span").end());
        let _ = provider.shutdown();
        let counts = [
            &metrics.spans_ended,
            &metrics.spans_exported,
            &metrics.spans_dropped,
        ];
        let [ended, exported, dropped] = counts.map(IntCounter::get);
        (ended, exported, dropped)
    }

    #[test]
    fn every_span_that_ends_is_counted_as_exported() {
        assert_eq!(counts_after(2_000, true), (2_000, 2_000, 0));
    }

    #[test]
    fn spans_that_nobody_takes_are_counted_as_dropped() {
        assert_eq!(counts_after(700, false), (700, 0, 700));
    }

    #[test]
    fn a_flood_loses_nothing_uncounted() {
        let (ended, exported, dropped) = counts_after(200_000, true);
        assert_eq!((ended, exported + dropped), (200_000, 200_000));
    }
}
