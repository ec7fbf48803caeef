//! Points of time series: scraped metrics and process statistics alike.
//!
//! It must not know where a point came from.

use crate::strings::Sym;
use crate::time::Offset;

/// One reading of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricPoint {
    /// The service whose process it is about.
    pub service: Sym,
    /// The instance of the service; empty when not known.
    pub instance: Sym,
    /// The name of the metric.
    pub metric: Sym,
    /// Canonical labels: `a="x",b="y"`, sorted by name, empty when none.
    pub labels: Sym,
    /// When it was read.
    pub at: Offset,
    /// In the unit that the metric's name states.
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
/// Scheduling periods in which a container used up its CPU quota and had to wait (counter).
pub const CONTAINER_THROTTLED_PERIODS: &str = "container_cpu_cfs_throttled_periods_total";
/// Seconds that a container had to wait because of its CPU quota (counter).
pub const CONTAINER_THROTTLED_SECONDS: &str = "container_cpu_cfs_throttled_seconds_total";
/// Working set of a container: its memory without the page cache that the kernel can drop at once,
/// in bytes (gauge).
pub const CONTAINER_MEMORY_BYTES: &str = "container_memory_working_set_bytes";
/// The most memory that a container may have, in bytes; absent when nothing is set (gauge).
pub const CONTAINER_MEMORY_LIMIT_BYTES: &str = "container_spec_memory_limit_bytes";
/// Bytes received over the network of a container (counter).
pub const CONTAINER_RECEIVED_BYTES: &str = "container_network_receive_bytes_total";
/// Bytes sent over the network of a container (counter).
pub const CONTAINER_SENT_BYTES: &str = "container_network_transmit_bytes_total";
/// Processes of a container that the kernel ended because memory ran out (counter).
pub const CONTAINER_OOM_KILLS: &str = "container_oom_events_total";
/// Before the name of a metric that the target itself exports under a name of this file, as
/// Prometheus does with labels: the names here are always the harness's own readings.
pub const EXPORTED: &str = "exported_";

/// Every name that is never the target's: see [`EXPORTED`].
pub const RESERVED: [&str; 13] = [
    PROCESS_CPU_SECONDS,
    PROCESS_RESIDENT_BYTES,
    PROCESS_THREADS,
    PROCESS_OPEN_FDS,
    CONTAINER_THROTTLED_PERIODS,
    CONTAINER_THROTTLED_SECONDS,
    CONTAINER_MEMORY_BYTES,
    CONTAINER_MEMORY_LIMIT_BYTES,
    CONTAINER_RECEIVED_BYTES,
    CONTAINER_SENT_BYTES,
    CONTAINER_OOM_KILLS,
    UP,
    HOST_CPU_USED,
];

/// 1 when a scrape answered, 0 when it did not (gauge).
pub const UP: &str = "up";

/// The service name of the readings of the whole machine, which follow here. All are means since
/// the reading before, and gauges.
pub const HOST: &str = "host";
/// CPU used on the whole machine, 0..=1.
pub const HOST_CPU_USED: &str = "host_cpu_used_ratio";
/// Cores of the whole machine.
pub const HOST_CORES: &str = "host_cpu_cores";
/// Cores that programs took which belong neither to the target nor to the harness.
pub const HOST_OTHERS_CORES: &str = "host_cpu_others_cores";
/// Cores that the hypervisor gave to other machines while this one wanted them.
pub const HOST_STEAL_CORES: &str = "host_cpu_steal_cores";
/// Share of the time in which the control group of the harness had used up its CPU, 0..=1.
pub const HOST_THROTTLED: &str = "host_cpu_throttled_ratio";
/// Share of the time in which some process waited for memory, 0..=1.
pub const HOST_MEMORY_STALLED: &str = "host_memory_stalled_ratio";
