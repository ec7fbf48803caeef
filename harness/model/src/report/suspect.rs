//! Who is suspected of what happened, and what indicates it.

use crate::fault::Edge;

/// A service or call path that the telemetry blames for what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The service that is blamed, or the callee of the blamed edge.
    pub service: String,
    /// The call path, when it is blamed rather than the service.
    pub edge: Option<Edge>,
    /// The part of the service that explains most of it, where one does.
    pub part: Option<Part>,
    /// 0..=1, relative to the best suspect of this fault.
    pub score: f64,
    /// Each observation that speaks for it.
    pub why: Vec<Indication>,
}

/// What the telemetry did not show of the time in question: the suspects were found without it.
#[derive(Debug, Clone, PartialEq)]
pub struct Blind {
    /// The service that was not seen; `None` where it cannot be said which.
    pub service: Option<String>,
    pub what: Unseen,
}

/// What was not seen of a service.
#[derive(Debug, Clone, PartialEq)]
pub enum Unseen {
    /// Calls that it answered and left no span of.
    Calls(Comparison),
    /// Spans that it ended and gave up on before they were sent, by its own counters.
    Spans { lost: f64, ended: f64 },
    /// Readings of its metrics without an answer.
    Readings(Comparison),
    /// Traces in which the parent of a span is missing.
    Traces(Comparison),
}

impl Blind {
    /// The share that was not seen, 0..=1: how far it is to be doubted that a service which is not
    /// suspected had no part in it.
    pub fn share(&self) -> f64 {
        let (part, whole) = match &self.what {
            Unseen::Calls(one) | Unseen::Readings(one) | Unseen::Traces(one) => {
                (one.count, one.of as f64)
            }
            Unseen::Spans { lost, ended } => (*lost, *ended),
        };
        if whole > 0.0 {
            (part / whole).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}

/// A part of a service, by the names of its spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// A route, a handler or a module.
    pub unit: String,
    /// What the unit was doing, such as a statement; `None` for its own work.
    pub operation: Option<String>,
}

/// Something that speaks against a suspect: a difference between the baseline and the time in
/// question.
#[derive(Debug, Clone, PartialEq)]
pub enum Indication {
    /// Calls without an answer.
    Unanswered { edge: Edge, calls: Comparison },
    /// Calls that the caller did not even send.
    HeldBack { edge: Edge, calls: Comparison },
    /// Answered calls spent longer on the way; medians.
    SlowPath {
        edge: Edge,
        ms: f64,
        baseline_ms: f64,
    },
    /// Requests in which a failure began in this service.
    FailedFirst {
        service: String,
        requests: Comparison,
    },
    /// The service's own time for each request it served; means.
    OwnTime { ms: f64, baseline_ms: f64 },
    /// Calls whose answers took longer than those of calls that it left spans of, and of which it
    /// left none; means.
    Untold {
        edge: Edge,
        calls: u64,
        ms: f64,
        expected_ms: f64,
    },
    /// Readings of its metrics without an answer.
    MissingReadings(Comparison),
    /// Bytes reached it, and it used no CPU time at all, for longer than ever before.
    StoodStill,
    /// Its network could no longer be read, though the rest of it could.
    CutOff,
    /// Seconds out of each second that it waited for its CPU quota, beyond those of the baseline.
    Throttled { share: f64 },
    /// Its counters began again from zero.
    NewProcess,
    /// In the resource's unit; `deviations` are robust standard deviations.
    UsesMore {
        resource: Resource,
        from: f64,
        to: f64,
        deviations: f64,
    },
}

/// A count of a total, now and in the baseline. Counts may be weighted, hence not whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    pub count: f64,
    pub of: u64,
    pub baseline_count: f64,
    pub baseline_of: u64,
}

/// What a process uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// In cores.
    Cpu,
    /// In MB.
    Memory,
    /// A number of requests.
    RequestsInFlight,
}
