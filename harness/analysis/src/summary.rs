//! The outcome in a few sentences for people. It repeats what the report holds and judges nothing.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, FaultReport, InvariantResult};

/// The verdict first, then a sentence a fault.
pub fn summary(
    verdict: Verdict,
    budgets: &[BudgetResult],
    invariants: &[InvariantResult],
    faults: &[FaultReport],
    reasons: &[String],
) -> String {
    let head = match verdict {
        Verdict::Pass if budgets.is_empty() && invariants.is_empty() => {
            "No budget was stated.".to_owned()
        }
        Verdict::Pass => held(budgets.len(), invariants.len()),
        Verdict::Fail => broke(budgets, invariants),
        Verdict::Inconclusive => {
            let why = reasons
                .first()
                .map_or("some budgets could not be judged", String::as_str);
            format!("No verdict: {why}.")
        }
    };
    let mut sentences = vec![head];
    sentences.extend(faults.iter().filter_map(fault));
    sentences.join(" ")
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
        .filter(|invariant| invariant.holds == Some(false));
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
    let level = match (fault.detection_s, fault.censored) {
        (None, _) => format!("{} did not move the service level", fault.name),
        (_, true) => format!("{}: not back within {recovery:.1} s", fault.name),
        (_, false) => format!("{}: back {recovery:.1} s after its end", fault.name),
    };
    let suspect = fault.suspects.first().map(|first| {
        let whom = first.edge.as_ref().unwrap_or(&first.service);
        format!(", first suspect {}", whom.replace("->", "\u{2192}"))
    });
    Some(format!("{level}{}.", suspect.unwrap_or_default()))
}
