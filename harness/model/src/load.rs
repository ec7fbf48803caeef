//! How much load, of which kind, when, and the books that must balance afterwards.
//!
//! Owns the load plan and its tally. It must not know how requests are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::workload::Workload;

/// Everything the load worker needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadPlan {
    pub model: LoadModel,
    pub mix: Mix,
    pub workload: Workload,
    /// Length of the arrival schedule, warm-up included; the load also ends at `requests`.
    pub duration_ns: u64,
    /// Stop when exactly so many requests were sent.
    pub requests: Option<u64>,
    /// Goose users that take due sessions (open model); the closed model has its own count.
    pub pool: usize,
    /// Median and sigma of the log-normal think time, already scaled.
    pub think_median_ns: u64,
    pub think_sigma: f64,
    /// A request without an answer after so long is an error of class `timeout`.
    pub timeout_ns: u64,
    /// A session that could not start so long after it was due is dropped and counted.
    pub patience_ns: u64,
    /// p99 of the generator's own lateness above which the run is not valid.
    pub lateness_limit_ns: u64,
}

/// Who decides when the next session starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum LoadModel {
    /// Sessions arrive by the clock, whatever the target does.
    Open {
        arrivals: Vec<RateSegment>,
        spacing: Spacing,
    },
    /// Each user starts its next session when the last one is over.
    Closed { users: usize },
}

/// Sessions per second over one stretch of time; ramps when the two rates differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateSegment {
    pub from_per_s: f64,
    pub to_per_s: f64,
    pub for_ns: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spacing {
    /// Evenly spaced by the integral of the rate.
    Constant,
    /// A Poisson process with that rate.
    Poisson,
}

/// What a session is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mix", rename_all = "kebab-case")]
pub enum Mix {
    /// A journey, chosen by weight.
    Journeys { weights: Vec<(String, f64)> },
    /// One request; the counts are met exactly, in an order drawn from the seed.
    Calls { counts: Vec<(String, u64)> },
}

/// The books of the load. Always: `scheduled = sent + dropped + cancelled`. What a visit would have
/// asked after the planned end of the load was not scheduled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadTally {
    /// Requests that were due (every planned step of every session that was due).
    pub scheduled: u64,
    pub sent: u64,
    /// Requests of sessions that could not start within the patience.
    pub dropped: u64,
    /// Requests not sent because their journey failed before them or the load was stopped.
    pub cancelled: u64,
    pub ok: u64,
    pub failed: u64,
    pub sessions_started: u64,
    pub sessions_dropped: u64,
    /// Samples that could not be handed over; anything but 0 voids the run.
    pub samples_lost: u64,
    /// CPU seconds of the worker process over the load, and its length in seconds.
    pub cpu_s: f64,
    pub wall_s: f64,
    /// Requests per second due in each second of the load, the schedule that dips are measured
    /// against.
    pub offered_per_s: Vec<u32>,
    /// Of those, what visitors did not ask for because they had left after a failure.
    #[serde(default)]
    pub left_per_s: Vec<u32>,
}
