//! One verdict from budgets, invariants and doubts, and the table of what a doubt can explain.

use harness_model::Verdict;
use harness_model::invariant::{Side, Term};
use harness_model::plan::{Measure, Subject};
use harness_model::report::{BudgetResult, Doubt, InvariantResult, LoadDoubt};

/// What did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure<'a> {
    /// `on_time`: also without the lateness of the generator.
    Latency {
        on_time: bool,
    },
    /// Too many failures; `as_sent`: also among the requests that were sent.
    Errors {
        as_sent: bool,
    },
    Throughput,
    /// A latency or a share of failures by the spans of a service.
    Service,
    /// Recovery, detection, dip or losses of the fault of that name.
    Fault(&'a str),
    /// An invariant between the target's own counts.
    Counts,
    /// An invariant that also counts the answers that visitors got.
    Answers,
}

use Failure::{Answers, Counts, Errors, Fault, Latency, Service, Throughput};

/// A failure that no doubt can explain stands, whatever else is doubtful: the run fails. Any other
/// doubt makes the run inconclusive, whatever its budgets and invariants say. Without a doubt, the
/// worst of them decides.
pub fn verdict(
    budgets: &[BudgetResult],
    invariants: &[InvariantResult],
    of_load: &[LoadDoubt],
    doubts: &[Doubt],
) -> Verdict {
    let is_explained = |failure: Failure<'_>| {
        of_load.iter().any(|doubt| load_explains(doubt, failure))
            || doubts.iter().any(|doubt| explains(doubt, failure))
    };
    let failed = budgets.iter().filter(|one| one.verdict == Verdict::Fail);
    let broken = invariants.iter().filter(|one| one.holds == Ok(false));
    let mut failures = failed.map(of_budget).chain(broken.map(of_invariant));
    if failures.any(|failure| !is_explained(failure)) {
        return Verdict::Fail;
    }
    if !(of_load.is_empty() && doubts.is_empty()) {
        return Verdict::Inconclusive;
    }
    let unknown = invariants.iter().any(|one| one.holds.is_err());
    let of_invariants = unknown.then_some(Verdict::Inconclusive);
    let of_budgets = budgets.iter().map(|budget| budget.verdict);
    of_budgets
        .chain(of_invariants)
        .max()
        .unwrap_or(Verdict::Pass)
}

/// Whether a failure may be the doing of what went wrong with the load.
fn load_explains(doubt: &LoadDoubt, failure: Failure<'_>) -> bool {
    match doubt {
        // The run never came to its end, or nothing is known of it.
        LoadDoubt::RunFailed { .. } | LoadDoubt::Unfinished { .. } | LoadDoubt::NothingSent => true,
        // Requests are missing from all that is counted on the visitors' side.
        LoadDoubt::NoCounters
        | LoadDoubt::Unbalanced
        | LoadDoubt::SamplesLost { .. }
        | LoadDoubt::UnsentLost { .. } => !matches!(failure, Counts | Service),
        // Requests that wait for a user count as slow, and a target that is asked for less answers
        // less; but less load makes no errors.
        LoadDoubt::BehindSchedule => matches!(failure, Latency { .. } | Throughput | Fault(_)),
        // The same, and what was not sent counts as failed.
        LoadDoubt::NotSent { .. } => match failure {
            Errors { as_sent } => !as_sent,
            Latency { .. } | Throughput | Fault(_) => true,
            Service | Counts | Answers => false,
        },
        // A late request counts as slow by as much, also for a service level; late ones in a bunch
        // make each other slow.
        LoadDoubt::Late { .. } => match failure {
            Latency { on_time } => !on_time,
            Throughput | Service | Fault(_) => true,
            Errors { .. } | Counts | Answers => false,
        },
    }
}

/// Whether a failure may be the doing of what else went wrong with the run.
fn explains(doubt: &Doubt, failure: Failure<'_>) -> bool {
    match doubt {
        // Cut short, or something stayed broken that should not have.
        Doubt::Stated(_) | Doubt::Interrupted | Doubt::NotSeenToHeal { .. } => true,
        // What is said of this fault is not about it.
        Doubt::FaultNotInjected { fault, .. }
        | Doubt::MetNoTraffic { fault }
        | Doubt::ChangedNothing { fault, .. } => failure == Fault(fault),
        // A machine that is short of CPU or memory makes answers late, and late answers time out.
        Doubt::HostDisturbed { timed_out, .. } => match failure {
            Latency { .. } | Throughput | Service | Fault(_) => true,
            Errors { .. } => *timed_out,
            Counts | Answers => false,
        },
        // What ended by itself is the target's own doing.
        Doubt::EndedByItself { .. } => false,
        // Only services are judged by their spans.
        Doubt::NoSpans | Doubt::LowTraceCoverage { .. } => failure == Service,
    }
}

fn of_budget(budget: &BudgetResult) -> Failure<'_> {
    match (&budget.of, budget.measure.quantile()) {
        (Subject::Fault(name), _) => Fault(name),
        (Subject::Service(_), _) => Service,
        (_, Some(_)) => Latency {
            on_time: budget.fails_on_time,
        },
        (_, None) if budget.measure == Measure::Throughput => Throughput,
        (_, None) => Errors {
            as_sent: budget.fails_as_sent,
        },
    }
}

fn of_invariant(invariant: &InvariantResult) -> Failure<'_> {
    let counts_answers = |side: &Side| {
        let mut terms = side.0.iter();
        terms.any(|term| matches!(term, Term::Answered(_)))
    };
    if counts_answers(&invariant.left.of) || counts_answers(&invariant.right.of) {
        Answers
    } else {
        Counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Relation;
    use harness_model::report::{BudgetReason, SideResult};

    const LATE: LoadDoubt = LoadDoubt::Late {
        limit_ms: 100.0,
        budget_ms: None,
    };

    fn broken(left: &str) -> InvariantResult {
        let side = |of: &str| SideResult {
            of: Side::try_from(of.to_owned()).unwrap(),
            count: None,
        };
        InvariantResult {
            name: String::new(),
            left: side(left),
            is: Relation::Equal,
            right: side("0"),
            holds: Ok(false),
            settled_s: None,
        }
    }

    fn failed(measure: Measure, of: Subject, fails_as_sent: bool) -> BudgetResult {
        BudgetResult {
            measure,
            of,
            within: Vec::new(),
            limit: 10.0,
            of_success: false,
            observed: Some(20.0),
            censored: false,
            ci: [Some(18.0), Some(25.0)],
            n: 1000,
            failed: 1000,
            unsent: 0,
            fails_as_sent,
            fails_on_time: false,
            verdict: Verdict::Fail,
            why: BudgetReason::Compared,
            unsettled: None,
            stated_at: String::new(),
        }
    }

    fn not_sent() -> LoadDoubt {
        LoadDoubt::NotSent {
            unsent: 205,
            due: 240,
            within: Vec::new(),
            limit: 0.001,
        }
    }

    /// Which of the seven kinds of failures stand beside a doubt, in the order of their type.
    fn stand(of_load: &[LoadDoubt], doubts: &[Doubt]) -> String {
        let of_fault = || Subject::Fault("slow".to_owned());
        let budgets = [
            failed(Measure::P95, Subject::All, true),
            failed(Measure::ErrorRate, Subject::All, true),
            failed(Measure::Throughput, Subject::All, true),
            failed(Measure::P95, Subject::Service("a".to_owned()), true),
            failed(Measure::Recovery, of_fault(), true),
        ];
        let of_budgets = budgets.map(|one| verdict(&[one], &[], of_load, doubts));
        let invariants = ["order.placed", "order.placed + ok:place"].map(broken);
        let of_invariants = invariants.map(|one| verdict(&[], &[one], of_load, doubts));
        let all = of_budgets.into_iter().chain(of_invariants);
        let sign = |verdict| if verdict == Verdict::Fail { 'F' } else { '?' };
        all.map(sign).collect()
    }

    #[test]
    fn a_failure_stands_beside_a_doubt_that_cannot_explain_it() {
        let fault = || "slow".to_owned();
        assert_eq!(stand(&[], &[]), "FFFFFFF");
        assert_eq!(stand(&[LATE], &[]), "?F???FF");
        assert_eq!(stand(&[not_sent()], &[]), "?F?F?FF");
        assert_eq!(stand(&[LoadDoubt::BehindSchedule], &[]), "?F?F?FF");
        assert_eq!(stand(&[LoadDoubt::NoCounters], &[]), "???F?F?");
        assert_eq!(stand(&[LoadDoubt::NothingSent], &[]), "???????");
        assert_eq!(stand(&[], &[Doubt::Interrupted]), "???????");
        assert_eq!(stand(&[], &[Doubt::NoSpans]), "FFF?FFF");
        let missed = Doubt::MetNoTraffic { fault: fault() };
        assert_eq!(stand(&[], &[missed]), "FFFF?FF");
        let other = Doubt::MetNoTraffic {
            fault: "other".to_owned(),
        };
        assert_eq!(stand(&[], &[other]), "FFFFFFF");
        let unhealed = Doubt::NotSeenToHeal { fault: fault() };
        assert_eq!(stand(&[LATE], &[unhealed]), "???????");
    }

    #[test]
    fn errors_that_are_only_what_was_not_sent_are_explained_by_it() {
        let errors = [failed(Measure::ErrorRate, Subject::All, false)];
        assert_eq!(
            verdict(&errors, &[], &[not_sent()], &[]),
            Verdict::Inconclusive
        );
        assert_eq!(verdict(&errors, &[], &[LATE], &[]), Verdict::Fail);
    }

    #[test]
    fn a_latency_that_is_too_slow_without_the_lateness_stands() {
        let late = failed(Measure::P95, Subject::All, true);
        let slow = BudgetResult {
            fails_on_time: true,
            ..late.clone()
        };
        assert_eq!(verdict(&[late], &[], &[LATE], &[]), Verdict::Inconclusive);
        assert_eq!(verdict(&[slow], &[], &[LATE], &[]), Verdict::Fail);
    }

    #[test]
    fn a_doubt_makes_what_held_inconclusive_and_nothing_at_all_is_a_pass() {
        let held = BudgetResult {
            verdict: Verdict::Pass,
            ..failed(Measure::P95, Subject::All, false)
        };
        let held = [held];
        assert_eq!(verdict(&held, &[], &[], &[]), Verdict::Pass);
        assert_eq!(verdict(&held, &[], &[LATE], &[]), Verdict::Inconclusive);
        assert_eq!(verdict(&[], &[], &[], &[]), Verdict::Pass);
    }
}
