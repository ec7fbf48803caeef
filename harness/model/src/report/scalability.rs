//! How throughput grew with the offered load.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::Measure;

/// How throughput grew with the offered load.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalability {
    pub steps: Vec<StepReport>,
    /// The law that was fitted to the steps.
    pub usl: Usl,
    /// Highest rate that was sent, in requests per second, in a step that kept the latency and
    /// error budgets.
    pub capacity_at_budget: Option<f64>,
    /// These budgets; empty where none is stated for all operations.
    pub limits: Vec<BudgetLimit>,
    /// Service -> CPU milliseconds for each request (service demand, by the utilisation law).
    pub demand_ms: BTreeMap<String, f64>,
    /// The service that needs the most CPU, where the machine ran out of it.
    pub bottleneck: Option<String>,
    /// `None`: the CPU of the machine was not measured.
    pub busiest: Option<BusiestStep>,
    /// What else ran out, in the step in which it did so most; empty where nothing is known to
    /// have.
    pub saturated: Vec<Saturation>,
}

/// A resource that ran out while the machine still had CPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Saturation {
    pub service: String,
    /// Counted from 1.
    pub step: usize,
    pub what: Exhausted,
}

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Exhausted {
    /// The kernel held the container back for this share of the time, because of its CPU limit.
    CpuLimit { share: f64 },
    /// A process used this many cores, no more and hardly less than one: one thread was busy all
    /// the time.
    OneThread { cores: f64 },
    /// Requests waited this long for a connection to the database, as a mean over the step.
    Connections { wait_ms: f64 },
}

/// A budget for all operations, in the measure's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetLimit {
    pub measure: Measure,
    pub limit: f64,
}

/// The step in which the machine was busiest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusiestStep {
    /// Counted from 1.
    pub step: usize,
    /// Share of the machine's CPU in use, 0..=1.
    pub host_cpu: f64,
}

/// One step of a stepped load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    /// Requests per second that were due.
    pub offered: f64,
    /// Requests per second that were sent.
    pub sent: f64,
    /// Successful requests per second.
    pub throughput: f64,
    /// Mean number of requests in the system, as the time average of open requests.
    pub concurrency: f64,
    /// Quantiles of the response times of successes.
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Share of failed requests, those that were not sent included.
    pub errors: f64,
    /// Requests of the step's schedule that were not sent within the step: late, dropped or
    /// cancelled.
    pub behind: u64,
    /// Relative error of Little's law (concurrency = throughput x response time), a check of the
    /// measurement itself.
    pub little_error: f64,
    /// Used in the fit: at least one request in the system, few failures, Little's law within
    /// bounds.
    pub fitted: bool,
}

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))`: throughput X at concurrency N (Gunther's
/// Universal Scalability Law).
#[derive(Debug, Clone, PartialEq)]
pub struct Usl {
    /// Throughput of one request at a time, per second.
    pub gamma: Option<f64>,
    /// Contention: the share of work that is serial, 0..=1.
    pub alpha: Option<f64>,
    /// Coherency: the cost of every pair of requests that must agree.
    pub beta: Option<f64>,
    /// Parameter -> `[lo, hi]`.
    pub ci: BTreeMap<String, [f64; 2]>,
    /// Concurrency and throughput of the peak, when identified.
    pub peak: Option<Peak>,
    /// Whether the steps determine the parameters.
    pub identified: bool,
    /// Whether the peak is identified, or why it is not.
    pub why: PeakReason,
}

/// Whether the data identifies the peak of the fitted law, or why it does not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PeakReason {
    /// Too few usable steps for a fit.
    NoFit {
        steps: usize,
    },
    /// The highest concurrency of a usable step, and that of the peak.
    Identified {
        reached: f64,
        peak: f64,
    },
    TooFewSteps {
        steps: usize,
        needed: usize,
    },
    /// The interval of β includes 0.
    NotRetrograde,
    NotReached {
        reached: f64,
        peak: f64,
    },
    /// The interval of the peak's concurrency says too little.
    TooWide {
        low: f64,
        high: f64,
    },
    NoInterval,
}

/// The highest throughput of a fitted law.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    /// Requests in the system.
    pub concurrency: f64,
    /// Successful requests per second.
    pub throughput: f64,
}
