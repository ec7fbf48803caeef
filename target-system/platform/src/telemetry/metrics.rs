//! The process's Prometheus metrics: names from the OpenTelemetry conventions, few labels.

use crate::caller::Phase;
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use shop_contracts::Context;
use std::time::Duration;

/// Bounds in seconds, as the HTTP conventions of OpenTelemetry advise.
const BOUNDS_S: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Everything the process counts.
pub struct Metrics {
    registry: Registry,
    served: HistogramVec,
    being_served: IntGauge,
    calls: HistogramVec,
    retries: IntCounterVec,
    breakers: IntGaugeVec,
    connection_wait: HistogramVec,
    statements: HistogramVec,
    outbox: IntGaugeVec,
    delivered: IntCounterVec,
    sent: IntCounterVec,
    received: IntCounterVec,
    redelivered: IntCounterVec,
    dead: IntCounterVec,
    pub(super) spans_ended: IntCounter,
    pub(super) spans_exported: IntCounter,
    pub(super) spans_dropped: IntCounter,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let registry = Registry::new();
        let book = Book(&registry);
        Self {
            served: book.histogram(
                "http_server_request_duration_seconds",
                "Time to answer a request.",
                &["method", "route", "status"],
            ),
            being_served: book.gauge("http_server_active_requests", "Requests under way."),
            calls: book.histogram(
                "rpc_client_duration_seconds",
                "Time a call took as a whole, retries included.",
                &["callee", "method", "outcome"],
            ),
            retries: book.counters("rpc_client_retries_total", "Retries.", &["callee"]),
            breakers: book.gauges(
                "breaker_state",
                "0 closed, 1 half-open, 2 open.",
                &["callee"],
            ),
            connection_wait: book.histogram(
                "db_client_connection_wait_seconds",
                "Time spent waiting for a database connection.",
                &["use"],
            ),
            statements: book.histogram(
                "db_client_operation_duration_seconds",
                "Time spent in statements.",
                &["operation", "collection"],
            ),
            outbox: book.gauges(
                "outbox_depth",
                "Facts that wait to be heard.",
                &["publisher"],
            ),
            delivered: book.counters(
                "outbox_delivered_total",
                "Facts heard, or taken by a broker.",
                &["publisher"],
            ),
            sent: book.counters(
                "messaging_client_sent_messages_total",
                "Messages that the broker confirmed.",
                &["listener"],
            ),
            received: book.counters(
                "messaging_client_consumed_messages_total",
                "Messages that the broker delivered.",
                &["listener"],
            ),
            redelivered: book.counters(
                "messaging_redelivered_messages_total",
                "Messages that the broker delivered before.",
                &["listener"],
            ),
            dead: book.counters(
                "messaging_dead_lettered_messages_total",
                "Messages that were given up.",
                &["listener"],
            ),
            spans_ended: book.counter("telemetry_spans_ended_total", "Spans that ended."),
            spans_exported: book.counter("telemetry_spans_exported_total", "Spans delivered."),
            spans_dropped: book.counter("telemetry_spans_dropped_total", "Spans lost."),
            registry,
        }
    }

    /// A request is under way until the guard is dropped.
    pub(crate) fn serving(&self) -> impl Drop + use<> {
        let gauge = self.being_served.clone();
        gauge.inc();
        Serving(gauge)
    }

    pub(crate) fn served(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.served
            .with_label_values(&[method, route, status])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn called(&self, callee: Context, method: &str, outcome: &str, took: Duration) {
        let labels = [callee.name(), method, outcome];
        self.calls
            .with_label_values(&labels)
            .observe(took.as_secs_f64());
    }

    pub(crate) fn retried(&self, callee: Context) {
        self.retries.with_label_values(&[callee.name()]).inc();
    }

    pub(crate) fn breaker_is(&self, callee: Context, phase: Phase) {
        self.breakers
            .with_label_values(&[callee.name()])
            .set(phase as i64);
    }

    pub(crate) fn waited_for_connection(&self, used_for: &str, took: Duration) {
        self.connection_wait
            .with_label_values(&[used_for])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn ran_statement(&self, operation: &str, collection: &str, took: Duration) {
        self.statements
            .with_label_values(&[operation, collection])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn outbox_holds(&self, publisher: Context, facts: i64) {
        self.outbox
            .with_label_values(&[publisher.name()])
            .set(facts);
    }

    pub(crate) fn delivered(&self, publisher: Context, facts: usize) {
        self.delivered
            .with_label_values(&[publisher.name()])
            .inc_by(facts as u64);
    }

    pub(crate) fn sent(&self, listener: Context) {
        self.sent.with_label_values(&[listener.name()]).inc();
    }

    pub(crate) fn received(&self, listener: Context, again: bool) {
        let labels = [listener.name()];
        self.received.with_label_values(&labels).inc();
        let redelivered = self.redelivered.with_label_values(&labels);
        redelivered.inc_by(u64::from(again));
    }

    pub(crate) fn dead_lettered(&self, listener: Context) {
        self.dead.with_label_values(&[listener.name()]).inc();
    }

    /// The text that a scraper reads.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_default()
    }
}

struct Serving(IntGauge);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Makes metrics and registers them. Names and labels are constants, so neither can fail.
struct Book<'a>(&'a Registry);

impl Book<'_> {
    fn keep<M: Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("the name and the labels are valid constants");
        self.0
            .register(Box::new(metric.clone()))
            .expect("each name is registered once");
        metric
    }

    fn histogram(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(BOUNDS_S.to_vec());
        self.keep(HistogramVec::new(options, labels))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.keep(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.keep(IntCounter::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.keep(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.keep(IntGauge::new(name, help))
    }
}
