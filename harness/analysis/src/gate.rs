//! Budgets against what was seen: three verdicts, and absence is never success.

use harness_model::plan::{Budget, Measure, Phase, Subject};
use harness_model::report::{BudgetResult, FaultReport, InvariantResult};
use harness_model::{RunData, Sample, Span, SpanKind, Verdict};

use crate::latency::{Latencies, enough};
use crate::normal::two_sided;
use crate::operations::group;
use crate::traces::Forest;
use crate::warmup_end;

/// What was seen of one measure.
struct Seen {
    observed: Option<f64>,
    text: String,
    ci: [Option<f64>; 2],
    n: u64,
    /// Enough samples to judge.
    enough: bool,
    /// The observed value is only a lower bound.
    censored: bool,
}

pub fn budgets(run: &RunData, forest: &Forest<'_>, faults: &[FaultReport]) -> Vec<BudgetResult> {
    run.plan
        .budgets
        .iter()
        .map(|budget| judge(run, forest, budget, faults))
        .collect()
}

fn judge(
    run: &RunData,
    forest: &Forest<'_>,
    budget: &Budget,
    faults: &[FaultReport],
) -> BudgetResult {
    let seen = match &budget.of {
        Subject::Fault(name) => of_fault(budget.measure, faults.iter().find(|f| f.name == *name)),
        _ => of_samples(run, forest, budget),
    };
    let (verdict, why) = match unsettled(budget, faults) {
        Some(earlier) => doubted(budget, &seen, earlier),
        None => decide(budget, &seen),
    };
    BudgetResult {
        measure: budget.measure.name().to_owned(),
        of: budget.of.to_string(),
        within: if budget.within.is_empty() {
            "whole run".to_owned()
        } else {
            budget.within.join(", ")
        },
        limit: budget.limit,
        unit: budget.measure.unit().to_owned(),
        observed: seen.observed,
        observed_text: seen.text,
        ci: seen.ci,
        n: seen.n,
        verdict,
        why,
        stated_at: budget.stated_at.clone(),
    }
}

/// The earlier fault that was still felt when the fault of a budget began.
fn unsettled<'a>(budget: &Budget, faults: &'a [FaultReport]) -> Option<&'a str> {
    let Subject::Fault(name) = &budget.of else {
        return None;
    };
    let fault = faults.iter().find(|fault| fault.name == *name)?;
    fault.unsettled.as_deref()
}

/// What an earlier fault left behind makes losses, dip and recovery larger, so these may pass but
/// cannot fail. It makes detection smaller, and that one says nothing.
fn doubted(budget: &Budget, seen: &Seen, earlier: &str) -> (Verdict, String) {
    let (verdict, why) = decide(budget, seen);
    if verdict == Verdict::Fail || budget.measure == Measure::Detection {
        let why = format!("{why}, but {earlier} was still felt when the fault began");
        return (Verdict::Inconclusive, why);
    }
    (verdict, why)
}

fn decide(budget: &Budget, seen: &Seen) -> (Verdict, String) {
    let Some(observed) = seen.observed else {
        return (
            Verdict::Inconclusive,
            "there is nothing to judge".to_owned(),
        );
    };
    if !seen.enough {
        let why = format!(
            "{} samples are too few to judge a {}",
            seen.n,
            budget.measure.name()
        );
        return (Verdict::Inconclusive, why);
    }
    let [low, high] = seen.ci;
    let (beyond, surely) = if budget.measure.is_floor() {
        (
            observed < budget.limit,
            high.is_some_and(|high| high < budget.limit),
        )
    } else {
        (
            observed > budget.limit,
            low.is_some_and(|low| low > budget.limit),
        )
    };
    let limit = budget.measure.written(budget.limit);
    let text = format!("{} against {limit}", seen.text);
    match (beyond, surely) {
        (false, _) if seen.censored => (
            Verdict::Inconclusive,
            format!("{text}: the run ended first"),
        ),
        (false, _) => (Verdict::Pass, text),
        (true, true) => (Verdict::Fail, text),
        (true, false) => (
            Verdict::Inconclusive,
            format!("{text}, but the interval spans the limit"),
        ),
    }
}

fn of_fault(measure: Measure, fault: Option<&FaultReport>) -> Seen {
    let injected = fault.filter(|fault| fault.healed_s.is_some());
    let value = injected.and_then(|fault| match measure {
        Measure::Recovery => fault.recovery_s,
        Measure::Detection => fault.detection_s,
        Measure::Dip => Some(fault.dip_s),
        _ => Some(fault.lost),
    });
    let censored = measure == Measure::Recovery && injected.is_some_and(|fault| fault.censored);
    let sign = if censored { "> " } else { "" };
    Seen {
        observed: value,
        text: value.map_or_else(
            || "-".to_owned(),
            |v| format!("{sign}{v:.1} {}", measure.unit()),
        ),
        ci: [value, if censored { None } else { value }],
        n: u64::from(value.is_some()),
        enough: true,
        censored,
    }
}

fn of_samples(run: &RunData, forest: &Forest<'_>, budget: &Budget) -> Seen {
    let warm = warmup_end(run);
    let z = two_sided(run.plan.judgement.confidence);
    let phase = |sample: &Sample| match run.plan.phases.get(usize::from(sample.phase)) {
        Some(phase) if !budget.within.is_empty() => budget.within.contains(&phase.name),
        _ => sample.intended >= warm,
    };
    let named = |sample: &Sample| {
        let operation = run.strings.name(sample.operation);
        match &budget.of {
            Subject::Operation(name) => operation == name,
            Subject::Group(name) => group(run, operation) == name,
            _ => true,
        }
    };
    let chosen = run
        .samples
        .iter()
        .filter(|sample| phase(sample) && named(sample));
    match (&budget.of, budget.measure.quantile()) {
        (Subject::Service(name), q) => of_service(run, forest, name, budget, q),
        (_, Some(q)) => {
            let mut latencies = Latencies::default();
            chosen
                .filter(|sample| sample.ok())
                .for_each(|s| latencies.record_ns(s.response_ns()));
            of_latencies(&latencies, q, z)
        }
        (_, None) => {
            let (mut n, mut failed) = (0, 0);
            for sample in chosen {
                n += 1;
                failed += u64::from(!sample.ok());
            }
            share_or_rate(budget.measure, n, failed, covered_s(run, budget), z)
        }
    }
}

/// What a service answered, and the calls to it that nobody answered: a service that cannot be
/// reached does not pass for one without errors.
fn of_service(
    run: &RunData,
    forest: &Forest<'_>,
    name: &str,
    budget: &Budget,
    q: Option<f64>,
) -> Seen {
    let warm = warmup_end(run);
    let z = two_sided(run.plan.judgement.confidence);
    let service = run.strings.find(name);
    let phases = &run.plan.phases;
    let within = |span: &Span| match phases.get(run.plan.phase_at(span.start)) {
        Some(phase) if !budget.within.is_empty() => budget.within.contains(&phase.name),
        _ => span.start >= warm,
    };
    let (mut latencies, mut n, mut failed) = (Latencies::default(), 0, 0);
    for node in 0..forest.nodes.len() as u32 {
        let span = forest.span(node);
        let served = span.kind == SpanKind::Server && Some(span.service) == service;
        let called = span.kind == SpanKind::Client && Some(span.peer) == service;
        let unanswered = called && span.failed && forest.answerer(node).is_none();
        if !(served || unanswered) || !within(span) {
            continue;
        }
        n += 1;
        if span.failed {
            failed += 1;
        } else {
            latencies.record_ns(span.duration_ns());
        }
    }
    match q {
        Some(q) => of_latencies(&latencies, q, z),
        None => share_or_rate(budget.measure, n, failed, covered_s(run, budget), z),
    }
}

fn of_latencies(latencies: &Latencies, q: f64, z: f64) -> Seen {
    let observed = if q >= 1.0 || enough(latencies.n(), q) {
        latencies.quantile_ms(q)
    } else {
        (latencies.n() > 0)
            .then(|| latencies.interval_ms(q, 0.0)[0])
            .flatten()
    };
    Seen {
        observed,
        text: observed.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms")),
        ci: if q >= 1.0 {
            [observed, observed]
        } else {
            latencies.interval_ms(q, z)
        },
        n: latencies.n(),
        enough: q >= 1.0 || enough(latencies.n(), q),
        censored: false,
    }
}

fn share_or_rate(measure: Measure, n: u64, failed: u64, seconds: f64, z: f64) -> Seen {
    let nothing = n == 0;
    let (observed, ci, text) = if measure == Measure::ErrorRate {
        let share = failed as f64 / (n.max(1)) as f64;
        (
            share,
            wilson(failed, n, z),
            format!("{:.2} %", share * 100.0),
        )
    } else {
        let ok = (n - failed) as f64;
        let bound = |sign: f64| Some(((ok + sign * z * ok.sqrt()) / seconds).max(0.0));
        (
            ok / seconds,
            [bound(-1.0), bound(1.0)],
            format!("{:.1}/s", ok / seconds),
        )
    };
    Seen {
        observed: (!nothing).then_some(observed),
        text: if nothing { "-".to_owned() } else { text },
        ci: if nothing { [None, None] } else { ci },
        n,
        enough: n >= 10,
        censored: false,
    }
}

/// Wilson's score interval of a share.
fn wilson(hits: u64, n: u64, z: f64) -> [Option<f64>; 2] {
    let (n, p) = (n as f64, hits as f64 / n.max(1) as f64);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the bounds are 0 and 1 but for rounding.
    let low = if hits == 0 { 0.0 } else { centre - half };
    let high = if p >= 1.0 { 1.0 } else { centre + half };
    [Some(low.max(0.0)), Some(high.min(1.0))]
}

/// Seconds of the phases that a budget is judged in; of a run that was cut short, those it had.
fn covered_s(run: &RunData, budget: &Budget) -> f64 {
    let to = |phase: &Phase| match run.tally() {
        Some(_) => phase.to,
        None => phase.to.min(run.load_end()),
    };
    let counted = run
        .plan
        .phases
        .iter()
        .filter(|phase| match budget.within.is_empty() {
            true => phase.name != "warmup",
            false => budget.within.contains(&phase.name),
        });
    let seconds: f64 = counted
        .map(|phase| (to(phase) - phase.from).secs_f64().max(0.0))
        .sum();
    seconds.max(1e-9)
}

/// Any doubt makes a run inconclusive, whatever its budgets and invariants say; then the worst of them
/// decides.
pub fn verdict(
    budgets: &[BudgetResult],
    invariants: &[InvariantResult],
    doubts: &[String],
) -> Verdict {
    if !doubts.is_empty() {
        return Verdict::Inconclusive;
    }
    let of_invariants = invariants.iter().map(|invariant| match invariant.holds {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::Fail,
        None => Verdict::Inconclusive,
    });
    let of_budgets = budgets.iter().map(|budget| budget.verdict);
    of_budgets
        .chain(of_invariants)
        .max()
        .unwrap_or(Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_inconclusive_and_a_doubt_outweighs_a_failure() {
        let nothing = share_or_rate(Measure::ErrorRate, 0, 0, 1.0, 1.96);
        assert_eq!(nothing.observed, None);
        assert_eq!(
            verdict(&[], &[], &["late".to_owned()]),
            Verdict::Inconclusive
        );
    }

    #[test]
    fn zero_failures_of_n_still_have_an_upper_bound() {
        let [low, high] = wilson(0, 100, 1.96);
        assert!(low.unwrap() < 1e-9 && (0.03..0.04).contains(&high.unwrap()));
    }
}
