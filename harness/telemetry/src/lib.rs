//! Listening: what the target says while it is under load.
//!
//! An embedded OTLP receiver (gRPC and HTTP/protobuf), a Prometheus scraper with its own parser,
//! and process statistics. Everything becomes [`Span`](harness_model::Span)s and
//! [`MetricPoint`](harness_model::metric::MetricPoint)s in bounded channels, and every loss is
//! counted. Beside them, an auditor asks for counts. It must not know the target, the archive or
//! any conclusion.

mod auditor;
mod container;
mod error;
mod otlp;
mod process;
mod prometheus;
mod scraper;

use std::sync::{Arc, Mutex};

use harness_model::Strings;

pub use auditor::{AuditTarget, Auditor};
pub use error::TelemetryError;
pub use otlp::OtlpReceiver;
pub use process::{ProcessStats, own_cpu_seconds};
pub use prometheus::{ParseError, Reading, parse};
pub use scraper::{Clock, Pids, ScrapeTarget, Scraper};

/// The names of everything heard, shared by all listeners of a run.
pub type SharedStrings = Arc<Mutex<Strings>>;
