//! The process's Prometheus metrics: names from the OpenTelemetry conventions, few labels.

use prometheus::{Histogram, HistogramOpts, HistogramVec, Registry, TextEncoder};
use std::time::Duration;

/// Bounds in seconds, as the HTTP conventions of OpenTelemetry advise.
const BOUNDS_S: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Everything the process counts.
pub struct Metrics {
    registry: Registry,
    connection_wait: Histogram,
    statements: HistogramVec,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let registry = Registry::new();
        let options =
            |name: &str, help: &str| HistogramOpts::new(name, help).buckets(BOUNDS_S.to_vec());
        let connection_wait = Histogram::with_opts(options(
            "db_client_connection_wait_seconds",
            "Time spent waiting for a database connection.",
        ))
        .expect("the options are valid");
        let statements = HistogramVec::new(
            options(
                "db_client_operation_duration_seconds",
                "Time spent in statements.",
            ),
            &["operation", "collection"],
        )
        .expect("the options are valid");
        registry
            .register(Box::new(connection_wait.clone()))
            .expect("registered once");
        registry
            .register(Box::new(statements.clone()))
            .expect("registered once");
        Self {
            registry,
            connection_wait,
            statements,
        }
    }

    pub(crate) fn waited_for_connection(&self, took: Duration) {
        self.connection_wait.observe(took.as_secs_f64());
    }

    pub(crate) fn ran_statement(&self, operation: &str, collection: &str, took: Duration) {
        self.statements
            .with_label_values(&[operation, collection])
            .observe(took.as_secs_f64());
    }

    /// The text that a scraper reads.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .unwrap_or_default()
    }
}
