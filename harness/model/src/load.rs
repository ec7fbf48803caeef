//! How much load, of which kind, when, and the counters that must balance afterwards.
//!
//! Owns the load plan and its tally. It must not know how requests are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::workload::Workload;

/// Everything the load worker needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadPlan {
    /// Who decides when a session starts.
    pub model: LoadModel,
    /// What a session is.
    pub mix: Mix,
    /// What visitors can do.
    pub workload: Workload,
    /// Length of the arrival schedule, warm-up included. The load ends with it, unless it ends by
    /// `requests`.
    pub duration_ns: u64,
    /// The load ends when exactly this many requests were due, sooner or later than its length;
    /// `None` for an end by time.
    pub requests: Option<u64>,
    /// Users that take due sessions (open model); the closed model has its own count.
    pub pool: usize,
    /// Median of the log-normal think time between two requests of a visit, already scaled.
    pub think_median_ns: u64,
    /// Standard deviation of the logarithm of the think time.
    pub think_sigma: f64,
    /// A request without an answer after this time is an error of class `timeout`.
    pub timeout_ns: u64,
    /// A session that could not start within this time after it was due is dropped and counted.
    pub patience_ns: u64,
    /// A connection that was unused for this long is closed and not used again.
    #[serde(default = "idle_before_it_was_stated")]
    pub idle_ns: u64,
    /// p99 of the generator's own lateness above which the run is not valid.
    pub lateness_limit_ns: u64,
}

/// What plans of earlier versions meant.
fn idle_before_it_was_stated() -> u64 {
    90_000_000_000
}

/// Who decides when the next session starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum LoadModel {
    /// Sessions arrive by the clock, whatever the target does.
    Open {
        /// One after the other, from the start of the load.
        arrivals: Vec<RateSegment>,
        spacing: Spacing,
    },
    /// Each user starts its next session when the last one is over.
    Closed { users: usize },
}

/// Sessions per second over one stretch of time; the rate changes evenly when the two differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateSegment {
    pub from_per_s: f64,
    pub to_per_s: f64,
    pub for_ns: u64,
}

/// How arrivals are spaced at a given rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spacing {
    /// Evenly: the n-th arrival is where the integral of the rate reaches n.
    Constant,
    /// As a Poisson process, homogeneous where the rate is constant.
    Poisson,
}

/// What a session is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mix", rename_all = "kebab-case")]
pub enum Mix {
    /// A journey, chosen by weight.
    Journeys { weights: Vec<(String, f64)> },
    /// One request, in an order drawn from the seed. The counts are met exactly where the load ends
    /// by its number of requests; where it ends by time they are shares.
    Calls { counts: Vec<(String, u64)> },
}

/// What became of the load. Always: `scheduled = sent + dropped + cancelled + unbuilt + exhausted`
/// and `sent = ok + failed`. What a visit would have asked for after the planned end of the load
/// was not scheduled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadTally {
    /// Requests that were due: every planned step of every session that was due.
    pub scheduled: u64,
    /// Requests that were sent.
    pub sent: u64,
    /// Requests of sessions that could not start within the patience.
    pub dropped: u64,
    /// Requests not sent because their journey failed before them or the load was stopped.
    pub cancelled: u64,
    /// Requests that could not be built, mostly because an earlier step of the visit had captured
    /// no value for them.
    #[serde(default)]
    pub unbuilt: u64,
    /// Requests for whose connection this machine had no file descriptor or port left.
    #[serde(default)]
    pub exhausted: u64,
    /// Requests that were answered as their operation expects.
    pub ok: u64,
    /// Requests that were sent and not answered so.
    pub failed: u64,
    /// Sessions that began.
    pub sessions_started: u64,
    /// Sessions that could not start within the patience.
    pub sessions_dropped: u64,
    /// Samples that could not be handed over; anything but 0 makes the run inconclusive.
    pub samples_lost: u64,
    /// CPU seconds that the worker process used over the load.
    pub cpu_s: f64,
    /// Length of the load in seconds, as it was.
    pub wall_s: f64,
    /// Requests that were due in each second of the load: the schedule that dips are measured
    /// against.
    pub offered_per_s: Vec<u32>,
    /// Of those, the requests that visitors did not send because they had left after a failure.
    #[serde(default)]
    pub left_per_s: Vec<u32>,
}
