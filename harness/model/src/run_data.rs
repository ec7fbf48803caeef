//! A finished run, in memory: the only input of the analysis.
//!
//! Built by the archive's reader, or by hand in tests. All times are offsets from the start of the
//! load. It must not know files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{EventKind, RunEvent, TelemetryTally};
use crate::fault::Evidence;
use crate::load::LoadTally;
use crate::metric::MetricPoint;
use crate::plan::Plan;
use crate::sample::Sample;
use crate::span::Span;
use crate::strings::Strings;
use crate::time::Offset;
use crate::topology::Topology;

/// Who ran what, where and when. The wall clock is read once, here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Version of the archive's format, `major.minor`.
    pub format: String,
    pub run_id: String,
    pub tool_version: String,
    pub host: Host,
    pub seed: u64,
    /// Start of the run, Unix time in nanoseconds.
    pub started_unix_ns: i64,
    /// RFC 3339, for people.
    pub started: String,
    /// The command that repeats this run.
    pub command: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    pub os: String,
    pub cores: u32,
    pub memory_mb: u64,
    pub cpu_model: String,
}

/// Everything that is known about a run.
#[derive(Debug, Clone)]
pub struct RunData {
    pub manifest: Manifest,
    pub plan: Plan,
    pub events: Vec<RunEvent>,
    pub strings: Strings,
    pub samples: Vec<Sample>,
    pub spans: Vec<Span>,
    /// Sorted by service, metric, labels, instance, time.
    pub metrics: Vec<MetricPoint>,
}

/// When a fault was on, and the proof that it was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultTimes {
    pub injected: Offset,
    pub healed: Option<Offset>,
    pub evidence: Evidence,
    pub verified: bool,
}

impl RunData {
    pub fn tally(&self) -> Option<&LoadTally> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::LoadFinished { tally } => Some(tally),
            _ => None,
        })
    }

    pub fn telemetry(&self) -> Option<&TelemetryTally> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::TelemetryDrained { tally } => Some(tally),
            _ => None,
        })
    }

    pub fn topology(&self) -> Option<&Topology> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::TargetReady { topology, .. } => Some(topology),
            _ => None,
        })
    }

    /// When a fault was really on, from the events; `None` when it never was.
    pub fn fault_times(&self, name: &str) -> Option<FaultTimes> {
        let injected = self.events.iter().find_map(|event| match &event.what {
            EventKind::FaultInjected { fault } if fault == name => Some(event.at_ns),
            _ => None,
        })?;
        let healed = self.events.iter().find_map(|event| match &event.what {
            EventKind::FaultHealed {
                fault,
                evidence,
                verified,
            } if fault == name => Some((event.at_ns, *evidence, *verified)),
            _ => None,
        });
        Some(FaultTimes {
            injected,
            healed: healed.map(|(at, ..)| at),
            evidence: healed.map(|(_, evidence, _)| evidence).unwrap_or_default(),
            verified: healed.is_some_and(|(.., verified)| verified),
        })
    }

    /// The end of the load: the last event that says so, or the plan's length.
    pub fn load_end(&self) -> Offset {
        self.events
            .iter()
            .find(|event| matches!(event.what, EventKind::LoadFinished { .. }))
            .map_or(Offset(self.plan.load.duration_ns as i64), |event| {
                event.at_ns
            })
    }
}
