//! Logs: JSON lines on standard error, and a throttle for warnings that could flood it.

use super::propagate::traceparent;
use opentelemetry::trace::SpanContext;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

/// Starts logging for the process, at the level that `SHOP_LOG` asks for, as `info` or
/// `warn,shop_order=debug`; one that cannot be read counts as none. Does nothing when a test has
/// started it already.
pub fn start_logging() {
    let asked = std::env::var("SHOP_LOG").ok();
    let asked = asked.and_then(|filter| filter.parse().ok());
    let filter: Targets = asked.unwrap_or_else(default_filter);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr);
    drop(registry().with(filter).with(lines).try_init());
}

/// Libraries log warnings only.
fn default_filter() -> Targets {
    let libraries = ["opentelemetry", "opentelemetry_sdk", "hyper", "sqlx"];
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(libraries.map(|library| (library, LevelFilter::WARN)))
        .with_target("lapin", LevelFilter::OFF)
}

/// Lets one message a second through and counts the rest.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Throttled>);

#[derive(Debug, Default)]
struct Throttled {
    last: Option<Instant>,
    suppressed: u64,
}

impl Throttle {
    /// How many messages were suppressed since the last, if another may pass now.
    fn pass(&self) -> Option<u64> {
        let mut throttled = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let quiet = throttled
            .last
            .is_some_and(|last| last.elapsed() < Duration::from_secs(1));
        if quiet {
            throttled.suppressed += 1;
            return None;
        }
        throttled.last = Some(Instant::now());
        Some(std::mem::take(&mut throttled.suppressed))
    }

    /// Warns that a request failed, and names its trace.
    pub(super) fn request_failed(&self, route: &str, status: u16, span: &SpanContext) {
        if let Some(suppressed) = self.pass() {
            let traceparent = traceparent(span);
            let trace_id = traceparent.get(3..35).unwrap_or_default();
            tracing::warn!(route, status, trace_id, suppressed, "a request failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_message_a_second_passes_and_the_rest_are_counted() {
        let throttle = Throttle::default();
        let passed: Vec<_> = (0..5).map(|_| throttle.pass()).collect();
        assert_eq!(passed, [Some(0), None, None, None, None]);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(throttle.pass(), Some(4));
    }
}
