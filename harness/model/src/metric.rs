//! Points of time series: scraped metrics and process statistics alike.
//!
//! It must not know where a point came from.

use crate::strings::Sym;
use crate::time::Offset;

/// One reading of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPoint {
    /// The process it is about.
    pub service: Sym,
    pub metric: Sym,
    /// Canonical labels: `a="x",b="y"`, sorted by name, empty when none.
    pub labels: Sym,
    pub at: Offset,
    pub value: f64,
}

/// CPU seconds used by a process since it started (counter).
pub const PROCESS_CPU_SECONDS: &str = "process_cpu_seconds_total";
/// Resident memory in bytes (gauge).
pub const PROCESS_RESIDENT_BYTES: &str = "process_resident_memory_bytes";
/// Threads (gauge).
pub const PROCESS_THREADS: &str = "process_threads";
/// Open file descriptors (gauge).
pub const PROCESS_OPEN_FDS: &str = "process_open_fds";
/// 1 when a scrape answered, 0 when it did not (gauge).
pub const UP: &str = "up";
/// CPU used on the whole machine, 0..=1 (gauge); its service name is `host`.
pub const HOST_CPU_USED: &str = "host_cpu_used_ratio";
