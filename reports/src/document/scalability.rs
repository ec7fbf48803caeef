//! The answer of a stepped load in `report.json`.

use std::collections::BTreeMap;

use harness_model::report::{self, Peak, StepReport};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

/// How throughput grew with the offered load.
#[derive(Serialize, JsonSchema)]
pub struct Scalability<'a> {
    pub steps: &'a [StepReport],
    /// The law that was fitted to the steps.
    pub usl: Usl<'a>,
    /// Highest rate that was sent, in requests per second, in a step that kept the latency and
    /// error budgets.
    pub capacity_at_budget: Option<f64>,
    /// These budgets in words.
    pub budget_text: String,
    /// Service -> CPU milliseconds for each request (service demand, by the utilisation law).
    pub demand_ms: &'a BTreeMap<String, f64>,
    /// The service that limits the throughput, when one was found.
    pub bottleneck: Option<&'a str>,
    /// Why it is the bottleneck, or why none was found.
    pub bottleneck_why: String,
}

impl<'a> Scalability<'a> {
    /// `None` for a load without steps.
    pub fn new(report: &'a harness_model::Report) -> Option<Scalability<'a>> {
        let scalability = report.scalability.as_ref()?;
        Some(Scalability {
            steps: &scalability.steps,
            usl: Usl::new(&scalability.usl),
            capacity_at_budget: scalability.capacity_at_budget,
            budget_text: words::capacity_budget(scalability),
            demand_ms: &scalability.demand_ms,
            bottleneck: scalability.bottleneck.as_deref(),
            bottleneck_why: words::bottleneck_reason(report, scalability),
        })
    }
}

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))`: throughput X at concurrency N (Gunther's
/// Universal Scalability Law).
#[derive(Serialize, JsonSchema)]
pub struct Usl<'a> {
    /// Throughput of one request at a time, per second.
    pub gamma: Option<f64>,
    /// Contention: the share of work that is serial, 0..=1.
    pub alpha: Option<f64>,
    /// Coherency: the cost of every pair of requests that must agree.
    pub beta: Option<f64>,
    /// Parameter -> `[lo, hi]`.
    pub ci: &'a BTreeMap<String, [f64; 2]>,
    /// Concurrency and throughput of the peak, when identified.
    pub peak: Option<Peak>,
    /// Whether the steps determine the parameters.
    pub identified: bool,
    /// Why they do not; empty when they do.
    pub why: String,
}

impl<'a> Usl<'a> {
    fn new(usl: &'a report::Usl) -> Usl<'a> {
        Usl {
            gamma: usl.gamma,
            alpha: usl.alpha,
            beta: usl.beta,
            ci: &usl.ci,
            peak: usl.peak,
            identified: usl.identified,
            why: words::peak_reason(usl.why),
        }
    }
}
