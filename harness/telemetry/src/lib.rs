//! Collectors: what the target states about itself while it is under load.
//!
//! An embedded OTLP receiver (gRPC and HTTP/protobuf), a Prometheus scraper with its own parser,
//! and process statistics. Everything becomes [`Span`](harness_model::Span)s and
//! [`MetricPoint`](harness_model::metric::MetricPoint)s in bounded channels, with the service and
//! the instance it came from, and every loss is counted. It must not know the target, the archive
//! or any conclusion; the names of span counters come from the target definition.
//!
//! A tour of the files: `otlp/` receives spans (`endpoints` decode, `convert` translates, `intake`
//! counts and passes on, `receiver` opens and closes); `scraper` reads metrics with `prometheus`,
//! and the kernel's statistics with `process`, `container` and `host`; `exporters` counts spans
//! that were not delivered; `auditor` reads the counts that services state for invariants.

mod auditor;
mod container;
mod error;
mod exporters;
mod host;
mod otlp;
mod process;
mod prometheus;
mod scraper;
mod shared_strings;

pub use auditor::{AuditTarget, Auditor};
pub use error::TelemetryError;
pub use otlp::OtlpReceiver;
pub use process::{ProcessStats, own_cpu_seconds};
pub use prometheus::{ParseError, Reading, parse};
pub use scraper::{Clock, Pids, ScrapePlan, ScrapeTarget, Scraper};
pub use shared_strings::SharedStrings;
