//! The telemetry of a process: spans, metrics and logs. No globals: the handle is passed on.
//!
//! - `handle` is [`Telemetry`], which every part of a process holds; `spans` is one span under way.
//! - `propagate` reads and writes the `traceparent` by which traces cross processes.
//! - `export` sends ended spans to an OTLP endpoint and accounts for every one of them.
//! - `metrics` are the Prometheus metrics of the process; `logs` are its JSON lines.
//!
//! This ring must not know calls, stores, facts or HTTP: its users pass plain values.

mod export;
mod handle;
mod logs;
mod metrics;
mod propagate;
mod spans;

pub use export::TelemetryError;
pub use handle::{DatabaseOperation, DatabaseSystem, Telemetry};
pub use logs::start_logging;
pub use metrics::Metrics;
pub use propagate::{parse_traceparent, traceparent};
pub use spans::ActiveSpan;
