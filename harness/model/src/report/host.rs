//! What the machine that the run used did besides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was seen of the whole machine while the load was on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostReport {
    /// Cores of the machine; `None` where it was not watched.
    pub cores: Option<f64>,
    /// When target and harness may have lacked what they needed, because somebody else took it; in
    /// order.
    pub stretches: Vec<HostStretch>,
}

/// One such time; the figures are means over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostStretch {
    pub from_s: f64,
    pub to_s: f64,
    /// Share of the machine's CPU that was in use, 0..=1.
    pub used: f64,
    /// Cores taken by programs that belong neither to the target nor to the harness.
    pub others_cores: f64,
    /// Cores that the hypervisor gave to other machines.
    pub steal_cores: f64,
    /// Share of the time in which the harness's control group had used up its CPU, 0..=1.
    pub throttled: f64,
    /// Share of the time in which some process waited for memory, 0..=1.
    pub memory_stalled: f64,
    /// Faults that were on or still felt, by name.
    pub faults: Vec<String>,
}
