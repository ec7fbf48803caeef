//! The outcome in a few sentences.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, FaultReport, InvariantResult, Report};

use super::doubts::{doubt, load_doubts};
use super::reasons::reasons;
use super::schedule::schedule;
use super::suspects::suspect;
use crate::number;

/// What was not sent of the load first, as nothing else can be read without it; then the verdict,
/// and a sentence for each fault.
pub fn summary(report: &Report) -> String {
    let (budgets, invariants) = (&report.budgets, &report.invariants);
    let head = match report.verdict {
        Verdict::Pass if budgets.is_empty() && invariants.is_empty() => {
            "No budget was stated.".to_owned()
        }
        Verdict::Pass => held(budgets.len(), invariants.len()),
        Verdict::Fail => broke(budgets, invariants),
        Verdict::Inconclusive => {
            let reasons = reasons(report);
            let why = reasons
                .first()
                .map_or("some budgets could not be judged", String::as_str);
            format!("No verdict: {why}.")
        }
    };
    let mut sentences: Vec<String> = schedule(report).into_iter().collect();
    sentences.push(head);
    sentences.extend(beside(report));
    sentences.extend(report.faults.iter().filter_map(fault));
    sentences.join(" ")
}

/// A run that failed beside a doubt says both.
fn beside(report: &Report) -> Option<String> {
    let mut doubts = load_doubts(&report.load);
    doubts.extend(report.doubts.iter().map(doubt));
    let first = doubts.first().filter(|_| report.verdict == Verdict::Fail)?;
    Some(format!(
        "This stands, although the run is doubtful: {first}."
    ))
}

fn held(budgets: usize, invariants: usize) -> String {
    let all = |count: usize, what: &str| match count {
        1 => format!("the {what}"),
        _ => format!("all {count} {what}s"),
    };
    match (budgets, invariants) {
        (budgets, 0) => format!("Held: {}.", all(budgets, "budget")),
        (0, invariants) => format!("Held: {}.", all(invariants, "invariant")),
        _ => format!(
            "Held: {} and {}.",
            all(budgets, "budget"),
            all(invariants, "invariant")
        ),
    }
}

fn broke(budgets: &[BudgetResult], invariants: &[InvariantResult]) -> String {
    let failed = budgets.iter().filter(|one| one.verdict == Verdict::Fail);
    let broken = invariants
        .iter()
        .filter(|invariant| invariant.holds == Ok(false));
    let of_budgets = format!("{} of {} budgets", failed.count(), budgets.len());
    let of_invariants = format!(
        "{} of {} invariants",
        broken.clone().count(),
        invariants.len()
    );
    match (budgets.is_empty(), broken.count()) {
        (_, 0) => format!("Broke: {of_budgets}."),
        (true, _) => format!("Broke: {of_invariants}."),
        (false, _) => format!("Broke: {of_budgets} and {of_invariants}."),
    }
}

fn fault(fault: &FaultReport) -> Option<String> {
    let recovery = fault.recovery_s?;
    let recovery = number::tenths_of_seconds(recovery);
    let level = match (fault.detection_s, fault.censored) {
        (None, _) => format!("{} did not move the service level", fault.name),
        (_, true) => format!("{}: not back within {recovery}", fault.name),
        (_, false) => format!("{}: back {recovery} after its end", fault.name),
    };
    let blamed = fault
        .suspects
        .first()
        .map(|first| format!(", first suspect {}", suspect(first)));
    Some(format!("{level}{}.", blamed.unwrap_or_default()))
}
