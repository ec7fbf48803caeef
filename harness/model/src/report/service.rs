//! What each service did and used.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a service did and used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceReport {
    pub name: String,
    /// Server spans per second.
    pub rate: f64,
    /// Share of failed server spans.
    pub errors: f64,
    /// 95th percentile of the durations of server spans that did not fail.
    pub p95_ms: Option<f64>,
    /// Cores used.
    pub cpu: Option<f64>,
    /// The most resident memory.
    pub rss_mb: Option<f64>,
    /// Share of the time of all request roots that this service's spans held the critical path.
    pub critical_path_share: Option<f64>,
    /// Group of operations -> requests of it, of the whole run, that reached this service.
    pub reached_by: BTreeMap<String, u64>,
    /// How often it was started again.
    pub restarts: u64,
    /// Only for a service in a container.
    pub container: Option<ContainerReport>,
}

/// What the kernel says about a container over the load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerReport {
    /// Scheduling periods in which it had used up its CPU quota.
    pub throttled_periods: u64,
    /// How long its threads had to wait because of the quota, summed over the cores.
    pub throttled_s: f64,
    /// The most it held, without what could be dropped at once.
    pub memory_mb: Option<f64>,
    /// The lowest limit that was set.
    pub memory_limit_mb: Option<f64>,
    pub received_mb: Option<f64>,
    pub sent_mb: Option<f64>,
    /// How often the kernel ended it because memory ran out.
    pub oom_kills: u64,
}
