//! Who is suspected of what happened, and what indicates it.

use crate::fault::Edge;

/// A process or call path that is blamed for what a fault did.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// The service that is blamed, or the callee of the blamed edge.
    pub service: String,
    /// The call path, when it is blamed rather than the process.
    pub edge: Option<Edge>,
    /// 0..=1, relative to the best suspect of this fault.
    pub score: f64,
    /// What speaks against it.
    pub why: Vec<Indication>,
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
    /// Readings of its metrics without an answer.
    MissingReadings(Comparison),
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
    /// Now.
    pub count: f64,
    /// The total of which `count` is a part, now.
    pub of: u64,
    /// In the baseline.
    pub baseline_count: f64,
    /// The total in the baseline.
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
