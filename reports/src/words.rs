//! The sentences that several reports share, so that they never disagree.
//!
//! Owns how a verdict, a budget and a fault are put into words. It must not know any file format.

use harness_model::Verdict;
use harness_model::report::{
    BudgetResult, ContainerReport, FaultReport, Harm, InvariantResult, Report, RunCard, SideResult,
    Suspect,
};

use crate::number;

/// The verdict as a word that stands alone.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Fail => "FAIL",
    }
}

/// The verdict of one budget as a word.
pub fn budget_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "held",
        Verdict::Inconclusive => "not known",
        Verdict::Fail => "failed",
    }
}

/// Only throughput is a floor; everything else is a ceiling.
fn is_floor(budget: &BudgetResult) -> bool {
    budget.measure == "throughput"
}

/// `≤ 500 ms`
pub fn limit(budget: &BudgetResult) -> String {
    let sign = if is_floor(budget) { '≥' } else { '≤' };
    format!("{sign} {}", number::in_unit(budget.limit, &budget.unit))
}

/// The measure in plain words: `error rate`, `p99.9`.
pub fn measure(name: &str) -> String {
    match name {
        "p999" => "p99.9".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What was observed, as the analysis worded it, or as its number.
pub fn observed(budget: &BudgetResult) -> String {
    match budget.observed_text.as_str() {
        "" => number::optional(budget.observed, |value| {
            number::in_unit(value, &budget.unit)
        }),
        text => text.to_owned(),
    }
}

/// `p95 of checkout in baseline ≤ 500 ms`
pub fn rule(budget: &BudgetResult) -> String {
    format!(
        "{} of {} in {} {}",
        measure(&budget.measure),
        budget.of,
        budget.within,
        limit(budget)
    )
}

/// `p95 612 ms > 500 ms (CI 590 - 640 ms, n=8 123)`
pub fn observation(budget: &BudgetResult) -> String {
    let sign = match (budget.verdict, is_floor(budget)) {
        (Verdict::Fail, true) => "<",
        (Verdict::Fail, false) => ">",
        (Verdict::Pass, true) => "≥",
        (Verdict::Pass, false) => "≤",
        (Verdict::Inconclusive, _) => "against",
    };
    format!(
        "{} {} {sign} {} (CI {}, n={})",
        measure(&budget.measure),
        observed(budget),
        number::in_unit(budget.limit, &budget.unit),
        number::interval(budget.ci, &budget.unit),
        number::count(budget.n)
    )
}

/// Failed first, then not known, then held; the order of the scenario within each.
pub fn worst_first(budgets: &[BudgetResult]) -> Vec<&BudgetResult> {
    let mut sorted: Vec<_> = budgets.iter().collect();
    sorted.sort_by_key(|budget| std::cmp::Reverse(budget.verdict));
    sorted
}

/// `5 of 6 budgets held`
pub fn tally(report: &Report) -> String {
    let held = report
        .budgets
        .iter()
        .filter(|budget| budget.verdict == Verdict::Pass)
        .count();
    match report.budgets.len() {
        0 => "no budgets were stated".to_owned(),
        1 => format!("{held} of 1 budget held"),
        all => format!("{held} of {all} budgets held"),
    }
}

/// What became of an invariant, for chips and signs.
pub fn invariant_verdict(invariant: &InvariantResult) -> (Verdict, &'static str) {
    match invariant.holds {
        Some(true) => (Verdict::Pass, "holds"),
        Some(false) => (Verdict::Fail, "broken"),
        None => (Verdict::Inconclusive, "not known"),
    }
}

/// `=` or `≥`
pub fn relation(invariant: &InvariantResult) -> &'static str {
    match invariant.is.as_str() {
        "at-least" => "≥",
        _ => "=",
    }
}

/// `order.placed: 33`, and a bare number as it stands
pub fn side(side: &SideResult) -> String {
    match side.count {
        Some(count) if side.of == count.to_string() => side.of.clone(),
        count => {
            let count = count.map_or_else(|| number::NONE.to_owned(), number::signed);
            format!("{}: {count}", side.of)
        }
    }
}

/// `5 of 5 hold`
pub fn invariants(invariants: &[InvariantResult]) -> String {
    let hold = invariants
        .iter()
        .filter(|invariant| invariant.holds == Some(true))
        .count();
    format!("{hold} of {} hold", invariants.len())
}

/// `microservices, process, 62.0 s, seed 7`
pub fn setting(run: &RunCard) -> String {
    let duration = number::seconds(run.duration_s);
    format!(
        "{}, {}, {duration}, seed {}",
        run.shape, run.runtime, run.seed
    )
}

/// `failed or late 78.7 % (before 0 %)`, `median 362 ms (before 61.0 ms)`
pub fn harm(harm: &Harm) -> String {
    let mut told = Vec::new();
    if harm.failed_during > harm.failed_before {
        told.push(format!(
            "failed or late {} (before {})",
            number::percent(harm.failed_during),
            number::percent(harm.failed_before)
        ));
    }
    if let (Some(before), Some(during)) = (harm.p50_before_ms, harm.p50_during_ms) {
        let (before, during) = (number::ms(before), number::ms(during));
        told.push(format!("median {during} (before {before})"));
    }
    told.join(", ")
}

/// The blamed process, or the blamed call path.
pub fn suspect(suspect: &Suspect) -> String {
    suspect
        .edge
        .as_ref()
        .unwrap_or(&suspect.service)
        .replace("->", "→")
}

/// `crash loop`
pub fn kind(fault: &FaultReport) -> String {
    fault.kind.replace('_', " ")
}

/// When the fault acted, in seconds of the load: from injection (or plan) to healing.
pub fn window(fault: &FaultReport) -> (f64, Option<f64>) {
    (fault.injected_s.unwrap_or(fault.planned_s), fault.healed_s)
}

/// `412 of 415 eligible, verified`
pub fn evidence(fault: &FaultReport) -> String {
    let verified = if fault.evidence.verified {
        "healing verified"
    } else {
        "not verified"
    };
    format!(
        "{} of {} eligible touched, {verified}",
        number::count(fault.evidence.affected),
        number::count(fault.evidence.eligible)
    )
}

/// Nobody may build on a fault that was not injected, touched nothing or was not seen to heal.
pub fn is_proven(fault: &FaultReport) -> bool {
    fault.injected_s.is_some() && fault.evidence.affected > 0 && fault.evidence.verified
}

/// How well the blind suspicion met the injected truth.
pub fn truth(fault: &FaultReport) -> String {
    match fault.truth_rank {
        Some(1) => "The first suspect is what was injected.".to_owned(),
        Some(rank) => format!("What was injected is suspect number {rank}."),
        None if fault.suspects.is_empty() => "Nothing can be scored.".to_owned(),
        None => "What was injected is not among the suspects.".to_owned(),
    }
}

/// The figures of a container that [`container`] tells, in its order.
pub const CONTAINER: [&str; 6] = [
    "Throttled",
    "Memory",
    "Limit",
    "Received",
    "Sent",
    "Killed for memory",
];

pub fn container(container: &ContainerReport) -> [String; 6] {
    let mb = |value| number::optional(value, |mb| number::with_unit(mb, "MB"));
    [
        number::seconds(container.throttled_s),
        mb(container.memory_mb),
        mb(container.memory_limit_mb),
        mb(container.received_mb),
        mb(container.sent_mb),
        number::count(container.oom_kills),
    ]
}

/// `started again once`, `started again 3 times`
pub fn restarts(n: u64) -> String {
    match n {
        1 => "started again once".to_owned(),
        n => format!("started again {} times", number::count(n)),
    }
}

/// At most `width` characters, with an ellipsis where text was cut.
pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}
