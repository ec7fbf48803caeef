//! The process's Prometheus metrics: names from the OpenTelemetry conventions, few labels.

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
        let register = Registrar(&registry);
        Self {
            served: register.histogram(
                "http_server_request_duration_seconds",
                "Time to answer a request.",
                &["method", "route", "status"],
            ),
            being_served: register.gauge("http_server_active_requests", "Requests under way."),
            calls: register.histogram(
                "rpc_client_duration_seconds",
                "Time a call took as a whole, retries included.",
                &["callee", "method", "outcome"],
            ),
            retries: register.counters("rpc_client_retries_total", "Retries.", &["callee"]),
            breakers: register.gauges(
                "breaker_state",
                "0 closed, 1 half-open, 2 open.",
                &["callee"],
            ),
            connection_wait: register.histogram(
                "db_client_connection_wait_seconds",
                "Time spent waiting for a database connection.",
                &["use"],
            ),
            statements: register.histogram(
                "db_client_operation_duration_seconds",
                "Time spent in statements.",
                &["operation", "collection"],
            ),
            outbox: register.gauges(
                "outbox_depth",
                "Facts that wait to be heard.",
                &["publisher"],
            ),
            delivered: register.counters(
                "outbox_delivered_total",
                "Facts heard, or taken by a broker.",
                &["publisher"],
            ),
            sent: register.counters(
                "messaging_client_sent_messages_total",
                "Messages that the broker confirmed.",
                &["listener"],
            ),
            received: register.counters(
                "messaging_client_consumed_messages_total",
                "Messages that the broker delivered.",
                &["listener"],
            ),
            redelivered: register.counters(
                "messaging_redelivered_messages_total",
                "Messages that the broker delivered before.",
                &["listener"],
            ),
            dead: register.counters(
                "messaging_dead_lettered_messages_total",
                "Messages that were given up.",
                &["listener"],
            ),
            spans_ended: register.counter("telemetry_spans_ended_total", "Spans that ended."),
            spans_exported: register.counter("telemetry_spans_exported_total", "Spans delivered."),
            spans_dropped: register.counter("telemetry_spans_dropped_total", "Spans lost."),
            registry,
        }
    }

    /// A request is under way until the guard is dropped.
    pub fn serving(&self) -> impl Drop + use<> {
        let gauge = self.being_served.clone();
        gauge.inc();
        Serving(gauge)
    }

    /// A request was answered.
    pub fn served(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.served
            .with_label_values(&[method, route, status])
            .observe(took.as_secs_f64());
    }

    /// A call ended, retries included.
    pub fn called(&self, callee: Context, method: &str, outcome: &str, took: Duration) {
        let labels = [callee.name(), method, outcome];
        self.calls
            .with_label_values(&labels)
            .observe(took.as_secs_f64());
    }

    /// A call is tried again.
    pub fn retried(&self, callee: Context) {
        self.retries.with_label_values(&[callee.name()]).inc();
    }

    /// The state of the breaker in front of this callee: 0 closed, 1 half-open, 2 open.
    pub fn breaker_is(&self, callee: Context, state: i64) {
        self.breakers.with_label_values(&[callee.name()]).set(state);
    }

    /// A caller waited for a database connection.
    pub fn waited_for_connection(&self, used_for: &str, took: Duration) {
        self.connection_wait
            .with_label_values(&[used_for])
            .observe(took.as_secs_f64());
    }

    /// A statement ran.
    pub fn ran_statement(&self, operation: &str, collection: &str, took: Duration) {
        self.statements
            .with_label_values(&[operation, collection])
            .observe(took.as_secs_f64());
    }

    /// How many facts wait in the outbox of this context.
    pub fn outbox_holds(&self, publisher: Context, facts: i64) {
        self.outbox
            .with_label_values(&[publisher.name()])
            .set(facts);
    }

    /// Listeners or a broker took this many facts from the outbox.
    pub fn delivered(&self, publisher: Context, facts: usize) {
        self.delivered
            .with_label_values(&[publisher.name()])
            .inc_by(facts as u64);
    }

    /// The broker confirmed a message.
    pub fn sent(&self, listener: Context) {
        self.sent.with_label_values(&[listener.name()]).inc();
    }

    /// The broker delivered a message.
    pub fn received(&self, listener: Context, again: bool) {
        let labels = [listener.name()];
        self.received.with_label_values(&labels).inc();
        let redelivered = self.redelivered.with_label_values(&labels);
        redelivered.inc_by(u64::from(again));
    }

    /// A message was given up.
    pub fn dead_lettered(&self, listener: Context) {
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
struct Registrar<'a>(&'a Registry);

impl Registrar<'_> {
    fn registered<M: Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("the name and the labels are valid constants");
        self.0
            .register(Box::new(metric.clone()))
            .expect("each name is registered once");
        metric
    }

    fn histogram(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(BOUNDS_S.to_vec());
        self.registered(HistogramVec::new(options, labels))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.registered(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }
}
