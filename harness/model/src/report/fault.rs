//! What each fault did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::suspect::{Blind, Suspect};
use super::trace::Waterfall;
use crate::fault::{Edge, FaultKind, FaultTarget};
use crate::plan::Subject;

/// What a fault did.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultReport {
    pub name: String,
    pub kind: FaultKind,
    /// The service or the edge that it struck.
    pub target: FaultTarget,
    /// When it was to be injected.
    pub planned_s: f64,
    /// When its effect was on; `None` when it was never injected.
    pub injected_s: Option<f64>,
    /// When its effect was off; `None` when that was not seen.
    pub healed_s: Option<f64>,
    pub evidence: EvidenceReport,
    /// Time to first harm: from injection until the first request was known to be harmed by it;
    /// `None`: the service level never left its band.
    pub first_harm_s: Option<f64>,
    /// When something other than a visitor noticed it.
    pub noticed: Noticed,
    /// From healing to the first moment from which the service level held for the hold time; when
    /// `censored`, a lower bound.
    pub recovery_s: Option<f64>,
    /// Whether the run ended before the service level had held for the hold time.
    pub censored: bool,
    /// Later times in which the service level was out of its band again.
    pub relapses: Vec<Relapse>,
    /// Other faults that were felt at the same time, by name: what they did cannot be told apart
    /// from what this one did.
    pub shared: Vec<String>,
    /// Only where others share: the least that the recovery took, if all that is shared is theirs.
    pub recovery_least_s: Option<f64>,
    /// An earlier fault that was still felt when this one began, by name: what it left behind
    /// cannot be told apart from what this fault did.
    pub unsettled: Option<String>,
    /// Seconds of full outage that would have cost as many requests, against the schedule.
    pub dip_s: f64,
    /// Requests scheduled that did not succeed in time, beyond the baseline's share.
    pub lost: f64,
    /// Only where the target declares its backlog, and it was seen before, during and after.
    pub backlog: Option<Backlog>,
    /// Operations that failed more often or became slower while the fault was on.
    pub harmed: Vec<Harm>,
    /// Operations that did neither, and were requested often enough while the fault was on to show
    /// it.
    pub contained: Vec<String>,
    /// Operations that were requested too seldom, before or while the fault was on, to tell.
    pub unseen: Vec<String>,
    /// Requests due while the fault was on that were never sent, as no user was free.
    pub starved: u64,
    /// Ranked, most suspect first; found without knowing what was injected.
    pub suspects: Vec<Suspect>,
    /// What the suspects were found without.
    pub blind_spots: Vec<Blind>,
    /// The place of what was really injected among the suspects, from 1; `None` when it is not one
    /// of them.
    pub truth_rank: Option<u32>,
    /// A typical trace before the fault.
    pub before: Option<Waterfall>,
    /// A typical trace while it was on.
    pub during: Option<Waterfall>,
    /// Services that the kernel ended for want of memory while the fault was on or coming.
    pub out_of_memory: Vec<OutOfMemory>,
}

/// A time in which the service level was out of its band again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Relapse {
    /// Counted from the start of the load.
    pub at_s: f64,
    /// How long it lasted.
    pub for_s: f64,
}

/// When a fault was noticed otherwise than by visitors, in seconds from its injection; `None` where
/// that does not apply or did not happen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Noticed {
    pub breaker: Option<BreakerOpened>,
    pub health: Option<HealthLost>,
    pub budget: Option<BudgetSpent>,
}

/// A client held back its calls, by the error types that the target states for that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakerOpened {
    pub after_s: f64,
    /// The first edge on which a call was held back.
    pub edge: Edge,
}

/// The struck service did not answer a scrape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthLost {
    pub after_s: f64,
    pub service: String,
}

/// More requests had failed than a budget on failures allows for all of its phases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetSpent {
    pub after_s: f64,
    /// Whose failures the budget limits.
    pub of: Subject,
    /// The allowed share, 0..=1.
    pub limit: f64,
    /// The phases it is judged in; empty for the whole run.
    pub within: Vec<String>,
}

/// A service that the kernel ended because it asked for more memory than it may have.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfMemory {
    pub service: String,
    pub at_s: f64,
}

/// Proof that traffic met a fault, counted at the edge proxies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceReport {
    /// Exchanges and connection attempts that could have been hit.
    pub eligible: u64,
    /// Those that were delayed, refused, reset, or left without an answer.
    pub affected: u64,
    /// Whether the target was seen to be well after the healing.
    pub verified: bool,
}

/// Work that waited because of a fault, by the target's own gauge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backlog {
    /// The most that waited before the first fault.
    pub baseline: f64,
    /// The most that waited while this one was on.
    pub peak: f64,
    /// From healing until no more waited than before; `None` when that was not seen.
    pub drained_s: Option<f64>,
}

/// How a fault harmed an operation. Times count from the moment of sending; medians are of good
/// answers only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Harm {
    pub operation: String,
    /// Share of requests that failed or came too late before the fault, 0..=1.
    pub failed_before: f64,
    /// The same while it was on.
    pub failed_during: f64,
    /// Share of the good answers that were slow before the fault: above the 95th percentile of that
    /// time, one and a half times its median, and its median and a hundredth of the deadline.
    pub slow_before: f64,
    /// The same, by the same limit, while it was on.
    pub slow_during: f64,
    /// Median service time before the fault.
    pub p50_before_ms: Option<f64>,
    /// The same while it was on.
    pub p50_during_ms: Option<f64>,
}
