//! Capacity, bottleneck and peak of a stepped load.

use harness_model::Measure;
use harness_model::report::{BudgetLimit, BusiestStep, PeakReason, Report, Scalability};

/// The budgets that capacity is judged by.
pub fn capacity_budget(scalability: &Scalability) -> String {
    if scalability.limits.is_empty() {
        return "no budget for all operations is stated".to_owned();
    }
    let one = |BudgetLimit { measure, limit }: &BudgetLimit| match measure {
        Measure::ErrorRate => format!("errors <= {:.2} %", limit * 100.0),
        measure => format!("{} <= {limit:.0} ms", measure.name()),
    };
    let all: Vec<String> = scalability.limits.iter().map(one).collect();
    all.join(", ")
}

/// Why a service is the bottleneck, or why none is named. The generator runs on the same machine,
/// and the target cannot have what it takes.
pub fn bottleneck_reason(report: &Report, scalability: &Scalability) -> String {
    let Some(BusiestStep { step, host_cpu }) = scalability.busiest else {
        return "The CPU of the machine was not measured, so no bottleneck is named.".to_owned();
    };
    let percent = host_cpu * 100.0;
    match &scalability.bottleneck {
        Some(name) => format!(
            "The machine's CPU ran out: {percent:.0} % busy in step {step}, and {name} needs the \
             most of it, {:.2} ms a request. The load generator itself used {:.2} of {} cores.",
            scalability.demand_ms.get(name).copied().unwrap_or_default(),
            report.load.generator_cpu,
            report.run.cores
        ),
        None => format!(
            "No bottleneck was reached: the machine's CPU was at most {percent:.0} % busy (in step \
             {step})."
        ),
    }
}

/// Where the peak of the fitted law is, or why that is not known.
pub fn peak_reason(reason: PeakReason) -> String {
    let why = match reason {
        PeakReason::Identified { reached, peak } => {
            return format!(
                "The peak is at a concurrency of {peak:.1}; the steps reach {reached:.1}."
            );
        }
        PeakReason::NoFit { steps } => {
            return format!("No law was fitted: {steps} usable steps, and a fit needs four.");
        }
        PeakReason::TooFewSteps { steps, needed } => {
            format!("{steps} usable steps are fewer than {needed}")
        }
        PeakReason::NotRetrograde => {
            "the steps show no retrograde part (the interval of β includes 0)".to_owned()
        }
        PeakReason::NotReached { reached, peak } => format!(
            "the steps reach a concurrency of {reached:.1} and the fitted law would peak at \
             {peak:.1}; go further"
        ),
        PeakReason::TooWide { low, high } => {
            format!("it may lie anywhere between {low:.0} and {high:.0}")
        }
        PeakReason::NoInterval => "no interval could be found".to_owned(),
    };
    format!("Peak not identified: {why}.")
}
