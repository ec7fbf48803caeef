//! What happened, in order: the one stream that terminal, archive and analysis read.
//!
//! Every event is stamped and written before it is acted upon. It must not know its readers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Evidence;
use crate::instance::InstanceId;
use crate::load::LoadTally;
use crate::time::Offset;
use crate::topology::Topology;

/// An event with its time; one line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    pub at_ns: Offset,
    #[serde(flatten)]
    pub what: EventKind,
}

/// Everything that can happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    RunStarted,
    TargetPreparing,
    /// The engine has no image of this binary yet.
    ImageBuilding {
        image: String,
    },
    ImageBuilt {
        image: String,
        after_ms: u64,
    },
    /// The engine lacks an image and pulls it from its registry.
    ImagePulling {
        image: String,
    },
    ImagePulled {
        image: String,
        after_ms: u64,
    },
    /// Run folders before format 1.1 name no instance, here and in the events below.
    ServiceStarted {
        service: String,
        #[serde(default)]
        instance: InstanceId,
        pid: u32,
    },
    ServiceReady {
        service: String,
        #[serde(default)]
        instance: InstanceId,
        after_ms: u64,
    },
    /// An instance ended unexpectedly.
    ServiceExited {
        service: String,
        #[serde(default)]
        instance: InstanceId,
        status: String,
    },
    /// The kernel killed an instance that asked for more memory than its container may have.
    ServiceOutOfMemory {
        service: String,
        #[serde(default)]
        instance: InstanceId,
    },
    TargetReady {
        topology: Topology,
        after_ms: u64,
    },
    CollectorsReady {
        otlp_grpc: String,
        otlp_http: String,
    },
    WorkerStarted {
        pid: u32,
    },
    /// Time zero of plan, samples and report.
    LoadStarted,
    FaultInjecting {
        fault: String,
    },
    FaultInjected {
        fault: String,
    },
    /// The fault could not be applied; the run will be inconclusive.
    FaultFailed {
        fault: String,
        why: String,
    },
    FaultHealing {
        fault: String,
    },
    FaultHealed {
        fault: String,
        evidence: Evidence,
        verified: bool,
    },
    LoadFinished {
        tally: LoadTally,
    },
    /// The counts that the services state: once before the load, and after it at each change.
    Audited {
        audit: Audit,
        /// Since the end of the load.
        after_ms: Option<u64>,
    },
    /// What the telemetry pipeline received and lost.
    TelemetryDrained {
        tally: TelemetryTally,
    },
    /// A reason for doubt that does not belong to a fault.
    Doubt {
        why: String,
    },
    Interrupted,
    TargetDown {
        left_behind: Vec<String>,
    },
    RunFinished,
}

/// The counts of all services at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    pub counts: BTreeMap<String, i64>,
    /// Service -> why it could not be audited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, String>,
}

/// Counts of telemetry: what services ended, exported and dropped, and what arrived.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TelemetryTally {
    pub spans_received: u64,
    /// Dropped by a full queue or a failed export in a service, by a full queue of the receiver,
    /// or undecodable.
    pub spans_dropped: u64,
    /// Ended in a process that a fault killed before it could export them (an upper bound from its
    /// last scrape).
    pub spans_lost_with_killed: u64,
    pub scrapes_ok: u64,
    pub scrapes_failed: u64,
    /// CPU seconds of the harness process itself over the load.
    pub harness_cpu_s: f64,
}
