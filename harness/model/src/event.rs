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
use crate::verdict::ExitCode;

/// An event with its time; one line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// When it happened. In the archive's file, time counts from the start of the run.
    pub at_ns: Offset,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

/// Everything that can happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The archive is open.
    RunStarted,
    /// The target's `prepare` command is run.
    TargetPreparing,
    /// The container engine has no image of this binary yet.
    ImageBuilding { image: String },
    /// The image was built, this many milliseconds after the build began.
    ImageBuilt { image: String, after_ms: u64 },
    /// The container engine lacks the image, and downloads it from its registry.
    ImagePulling { image: String },
    /// The image was downloaded, this many milliseconds after the download began.
    ImagePulled { image: String, after_ms: u64 },
    /// An instance of a service was started. Here and below, `instance` is empty in run folders
    /// before format 1.1.
    ServiceStarted {
        service: String,
        #[serde(default)]
        instance: InstanceId,
        pid: u32,
    },
    /// An instance was ready, this many milliseconds after its start.
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
    /// The kernel ended an instance, because it used more memory than its container may have.
    ServiceOutOfMemory {
        service: String,
        #[serde(default)]
        instance: InstanceId,
    },
    /// All services are ready, this many milliseconds after the first start.
    TargetReady { topology: Topology, after_ms: u64 },
    /// The collectors listen on these addresses (`host:port`).
    CollectorsReady {
        otlp_grpc: String,
        otlp_http: String,
    },
    /// The process that sends the load was started.
    WorkerStarted { pid: u32 },
    /// Time zero of plan, samples and report.
    LoadStarted,
    /// Operation -> the response time in milliseconds that visitors expect of it from now on. Its
    /// median over the baseline; the steps after one that takes far longer are intended for when
    /// it would have been answered. Each operation is told once, when its time is frozen.
    ExpectedTimes { ms: BTreeMap<String, f64> },
    /// The injection of a fault begins.
    FaultInjecting { fault: String },
    /// The effect of a fault is on.
    FaultInjected { fault: String },
    /// The fault could not be applied; the run will be inconclusive.
    FaultFailed { fault: String, why: String },
    /// The healing of a fault begins.
    FaultHealing { fault: String },
    /// The effect of a fault is off; `verified` when the target was seen to be well again.
    FaultHealed {
        fault: String,
        evidence: Evidence,
        verified: bool,
    },
    /// The load is over, and no answer is waited for any more.
    LoadFinished { tally: LoadTally },
    /// The audits of all services: once before the load, and after it whenever they have changed.
    Audited {
        audit: Audit,
        /// Milliseconds since the end of the load; `None` before the load.
        after_ms: Option<u64>,
    },
    /// The collectors have received what the services still held; this is what they saw and lost.
    TelemetryDrained { tally: TelemetryTally },
    /// A reason to doubt the run that does not belong to one fault.
    Doubt { why: String },
    /// The user ended the run early.
    Interrupted,
    /// The target is down; whatever could not be removed is named.
    TargetDown { left_behind: Vec<String> },
    /// The run could not do what it was asked to; the harness exits with this code.
    RunFailed { exit: ExitCode, why: String },
    /// The last event of a run.
    RunFinished,
    /// The stream breaks off here: the harness was killed, or the run still goes on. Never written;
    /// the reader of an archive puts it where [`EventKind::RunFinished`] is missing.
    Unfinished,
}

/// The counts of all services at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Count -> value, named `SERVICE.COUNT` by the logical service.
    pub counts: BTreeMap<String, i64>,
    /// Service -> why it could not be audited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<String, String>,
}

/// Counters of the telemetry: what arrived, and what was lost on the way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TelemetryTally {
    /// Spans that arrived at the receiver.
    pub spans_received: u64,
    /// Spans dropped by a full queue or a failed export in a service, by a full queue of the
    /// receiver, or because they could not be decoded.
    pub spans_dropped: u64,
    /// Spans that ended in a process which a fault killed before it could export them (an upper
    /// bound from its last scrape).
    pub spans_lost_with_killed: u64,
    /// Scrapes of metrics that were answered.
    pub scrapes_ok: u64,
    /// Scrapes of metrics that were not.
    pub scrapes_failed: u64,
    /// CPU seconds of the harness process itself over the load.
    pub harness_cpu_s: f64,
}
