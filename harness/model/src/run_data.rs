//! A run, in memory: the only input of the analysis.
//!
//! Built by the archive's reader, or by tests. All times are offsets from the start of the load. It
//! must not know files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{EventKind, RunEvent, TelemetryTally};
use crate::fault::Evidence;
use crate::load::LoadTally;
use crate::metric::MetricPoint;
use crate::plan::Plan;
use crate::sample::{ErrorClass, Sample};
use crate::spans::Spans;
use crate::strings::Strings;
use crate::time::Offset;
use crate::topology::Topology;
use crate::verdict::ExitCode;

/// Who ran what, where and when. The wall clock is read once, here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Version of the archive's format, `major.minor`.
    pub format: String,
    /// Unique among runs.
    pub run_id: String,
    /// Version of the shakedown binary.
    pub tool_version: String,
    pub host: Host,
    /// The seed of the plan.
    pub seed: u64,
    /// Start of the run, Unix time in nanoseconds.
    pub started_unix_ns: i64,
    /// RFC 3339, for people.
    pub started: String,
    /// The command that repeats this run.
    pub command: String,
}

/// The machine that the run used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// Name and version of the operating system.
    pub os: String,
    /// Logical cores.
    pub cores: u32,
    /// Memory in megabytes.
    pub memory_mb: u64,
    /// As the processor names itself.
    pub cpu_model: String,
}

/// Everything that is known about a run.
#[derive(Debug, Clone)]
pub struct RunData {
    pub manifest: Manifest,
    pub plan: Plan,
    /// In the order in which they happened.
    pub events: Vec<RunEvent>,
    /// The names in samples, spans and metrics.
    pub strings: Strings,
    /// One for each request that was sent.
    pub samples: Vec<Sample>,
    /// One for each request that was due and not sent, for want of a free user or of a value.
    pub unsent: Vec<Sample>,
    pub spans: Spans,
    /// Sorted by service, metric, labels, instance, time.
    pub metrics: Vec<MetricPoint>,
}

/// When a fault was on, and the proof that traffic met it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultTimes {
    /// When its effect was on.
    pub injected: Offset,
    /// When its effect was off; `None` when that was not seen.
    pub healed: Option<Offset>,
    pub evidence: Evidence,
    /// Whether the target was seen to be well after the healing.
    pub verified: bool,
}

impl RunData {
    /// The requests that the target is judged by: those that were sent, and those that were due and
    /// found no free user. What could not be built was never a request.
    pub fn due(&self) -> impl Iterator<Item = &Sample> + Clone {
        let starved = |sample: &&Sample| sample.error == ErrorClass::NotSent;
        self.samples
            .iter()
            .chain(self.unsent.iter().filter(starved))
    }

    /// What became of the load; `None` when it did not come to its end.
    pub fn tally(&self) -> Option<&LoadTally> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::LoadFinished { tally } => Some(tally),
            _ => None,
        })
    }

    /// What the collectors saw and lost; `None` when they did not come to their end.
    pub fn telemetry(&self) -> Option<&TelemetryTally> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::TelemetryDrained { tally } => Some(tally),
            _ => None,
        })
    }

    /// The target as it ran; `None` when it never was ready.
    pub fn topology(&self) -> Option<&Topology> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::TargetReady { topology, .. } => Some(topology),
            _ => None,
        })
    }

    /// When a fault was really on, from the events; `None` when it was never injected.
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

    /// The end of the load, or of what is known of it; the plan's length where no event tells.
    pub fn load_end(&self) -> Offset {
        let is_end = |event: &&RunEvent| {
            matches!(
                event.what,
                EventKind::LoadFinished { .. }
                    | EventKind::RunFailed { .. }
                    | EventKind::Unfinished
            )
        };
        let planned = Offset(self.plan.load.duration_ns as i64);
        let end = self.events.iter().find(is_end);
        end.map_or(planned, |event| event.at_ns.max(Offset::ZERO))
    }

    /// Whether the archive breaks off before the run ended.
    pub fn is_unfinished(&self) -> bool {
        self.events
            .iter()
            .any(|event| event.what == EventKind::Unfinished)
    }

    /// Why the run could not do what it was asked to, and what the harness exited with.
    pub fn failure(&self) -> Option<(ExitCode, &str)> {
        self.events.iter().find_map(|event| match &event.what {
            EventKind::RunFailed { exit, why } => Some((*exit, why.as_str())),
            _ => None,
        })
    }
}
