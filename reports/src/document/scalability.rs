//! The answer of a stepped load in `report.json`.

use std::collections::BTreeMap;

use harness_model::report::{self, Peak, StepReport};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

#[derive(Serialize, JsonSchema)]
pub struct Scalability<'a> {
    pub steps: &'a [StepReport],
    pub usl: Usl<'a>,
    /// Highest offered rate whose step kept the latency and error budgets.
    pub capacity_at_budget: Option<f64>,
    pub budget_text: String,
    /// Service -> CPU milliseconds a request.
    pub demand_ms: &'a BTreeMap<String, f64>,
    pub bottleneck: Option<&'a str>,
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

/// `X(N) = gamma N / (1 + alpha (N-1) + beta N (N-1))` (Gunther's Universal Scalability Law).
#[derive(Serialize, JsonSchema)]
pub struct Usl<'a> {
    pub gamma: Option<f64>,
    pub alpha: Option<f64>,
    pub beta: Option<f64>,
    /// Parameter -> `[lo, hi]`.
    pub ci: &'a BTreeMap<String, [f64; 2]>,
    /// Concurrency and throughput of the peak, when identified.
    pub peak: Option<Peak>,
    pub identified: bool,
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
