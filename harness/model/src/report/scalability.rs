//! How throughput grew with the offered load.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How throughput grew with the offered load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scalability {
    pub steps: Vec<StepReport>,
    /// The law that was fitted to the steps.
    pub usl: Usl,
    /// Highest offered rate, in requests per second, whose step kept the latency and error budgets.
    pub capacity_at_budget: Option<f64>,
    /// These budgets in words.
    pub budget_text: String,
    /// Service -> CPU milliseconds for each request (service demand, by the utilisation law).
    pub demand_ms: BTreeMap<String, f64>,
    /// The service that limits the throughput, when one was found.
    pub bottleneck: Option<String>,
    /// Why it is the bottleneck, or why none was found.
    pub bottleneck_why: String,
}

/// One step of a stepped load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    /// Requests per second.
    pub offered: f64,
    /// Successful requests per second.
    pub throughput: f64,
    /// Mean number of requests in the system, as the time average of open requests.
    pub concurrency: f64,
    /// Quantiles of the response times of successes.
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Share of failed requests.
    pub errors: f64,
    /// Requests of the step's schedule that were not sent within the step: late, dropped or
    /// cancelled.
    pub behind: u64,
    /// Relative error of Little's law (concurrency = throughput x response time), a check of the
    /// measurement itself.
    pub little_error: f64,
    /// Used in the fit (steady, Little's law within bounds).
    pub fitted: bool,
}

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))`: throughput X at concurrency N (Gunther's
/// Universal Scalability Law).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Why they do not; empty when they do.
    pub why: String,
}

/// The highest throughput of a fitted law.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Peak {
    /// Requests in the system.
    pub concurrency: f64,
    /// Successful requests per second.
    pub throughput: f64,
}
