//! Capacity, bottleneck and peak of a stepped load.

use harness_model::Measure;
use harness_model::report::{
    BudgetLimit, BusiestStep, Exhausted, PeakReason, Report, Saturation, Scalability,
};

use crate::number::{self, THIN};

/// The budgets that capacity is judged by.
pub fn capacity_budget(scalability: &Scalability) -> String {
    if scalability.limits.is_empty() {
        return "no budget for all operations is stated".to_owned();
    }
    let one = |BudgetLimit { measure, limit }: &BudgetLimit| match measure {
        Measure::ErrorRate => format!("errors <= {:.2}{THIN}%", limit * 100.0),
        measure => format!("{} <= {limit:.0}{THIN}ms", measure.name()),
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
            "The machine's CPU ran out: {percent:.0}{THIN}% busy in step {step}, and {name} needs \
             the most of it, {:.2}{THIN}ms a request. {}",
            scalability.demand_ms.get(name).copied().unwrap_or_default(),
            generator(report)
        ),
        None => format!(
            "CPU was not it: the machine was at most {percent:.0}{THIN}% busy (in step {step}). {}",
            saturated(scalability)
        ),
    }
}

/// What else ran out, as far as it was measured.
fn saturated(scalability: &Scalability) -> String {
    let one = |found: &Saturation| {
        let (service, step) = (&found.service, found.step);
        match found.what {
            Exhausted::CpuLimit { share } => format!(
                "in step {step} the container of {service} was held back for {} of the time by its \
                 CPU limit",
                number::percent(share)
            ),
            Exhausted::OneThread { cores } => format!(
                "{service} never used more than {}, as with one busy thread (step {step})",
                number::cores(cores)
            ),
            Exhausted::Connections { wait_ms } => format!(
                "in step {step} {service} waited {} for each connection to its database",
                number::ms(wait_ms)
            ),
        }
    };
    let all: Vec<String> = scalability.saturated.iter().map(one).collect();
    if all.is_empty() {
        return "Nothing else was seen to run out.".to_owned();
    }
    let text = all.join("; ");
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn generator(report: &Report) -> String {
    match report.load.generator_cpu {
        Some(cores) => format!(
            "The load generator itself used {cores:.2} of {} cores.",
            report.run.cores
        ),
        None => "What the load generator itself used is not known.".to_owned(),
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
