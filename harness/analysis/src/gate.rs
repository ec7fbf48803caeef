//! Budgets against what was seen: three verdicts, and absence is never success.

use harness_model::plan::{Budget, Measure, Subject};
use harness_model::report::{BudgetResult, FaultReport};
use harness_model::{RunData, Sample, Verdict};

use crate::latency::{Latencies, enough};
use crate::operations::group;
use crate::warmup_end;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.96;

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

pub fn budgets(run: &RunData, faults: &[FaultReport]) -> Vec<BudgetResult> {
    run.plan
        .budgets
        .iter()
        .map(|budget| judge(run, budget, faults))
        .collect()
}

fn judge(run: &RunData, budget: &Budget, faults: &[FaultReport]) -> BudgetResult {
    let seen = match &budget.of {
        Subject::Fault(name) => of_fault(budget.measure, faults.iter().find(|f| f.name == *name)),
        _ => of_samples(run, budget),
    };
    let (verdict, why) = decide(budget, &seen);
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

fn decide(budget: &Budget, seen: &Seen) -> (Verdict, String) {
    let unit = budget.measure.unit();
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
    let text = format!("{} against {} {unit}", seen.text, budget.limit);
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

fn of_samples(run: &RunData, budget: &Budget) -> Seen {
    let warm = warmup_end(run);
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
        (Subject::Service(name), q) => of_service(run, name, budget, q),
        (_, Some(q)) => {
            let mut latencies = Latencies::default();
            chosen
                .filter(|sample| sample.ok())
                .for_each(|s| latencies.record_ns(s.response_ns()));
            of_latencies(&latencies, q)
        }
        (_, None) => {
            let (mut n, mut failed) = (0, 0);
            for sample in chosen {
                n += 1;
                failed += u64::from(!sample.ok());
            }
            share_or_rate(budget.measure, n, failed, covered_s(run, budget))
        }
    }
}

fn of_service(run: &RunData, name: &str, budget: &Budget, q: Option<f64>) -> Seen {
    let warm = warmup_end(run);
    let service = run.strings.find(name);
    let phases = &run.plan.phases;
    let chosen = run.spans.iter().filter(|span| {
        let phase = phases.get(run.plan.phase_at(span.start));
        let within = match phase {
            Some(phase) if !budget.within.is_empty() => budget.within.contains(&phase.name),
            _ => span.start >= warm,
        };
        within && Some(span.service) == service && span.kind == harness_model::SpanKind::Server
    });
    let (mut latencies, mut n, mut failed) = (Latencies::default(), 0, 0);
    for span in chosen {
        n += 1;
        failed += u64::from(span.failed);
        if !span.failed {
            latencies.record_ns(span.duration_ns());
        }
    }
    match q {
        Some(q) => of_latencies(&latencies, q),
        None => share_or_rate(budget.measure, n, failed, covered_s(run, budget)),
    }
}

fn of_latencies(latencies: &Latencies, q: f64) -> Seen {
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
            latencies.interval_ms(q, Z)
        },
        n: latencies.n(),
        enough: q >= 1.0 || enough(latencies.n(), q),
        censored: false,
    }
}

fn share_or_rate(measure: Measure, n: u64, failed: u64, seconds: f64) -> Seen {
    let nothing = n == 0;
    let (observed, ci, text) = if measure == Measure::ErrorRate {
        let share = failed as f64 / (n.max(1)) as f64;
        (share, wilson(failed, n), format!("{:.2} %", share * 100.0))
    } else {
        let ok = (n - failed) as f64;
        let bound = |sign: f64| Some(((ok + sign * Z * ok.sqrt()) / seconds).max(0.0));
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
fn wilson(hits: u64, n: u64) -> [Option<f64>; 2] {
    let (n, p) = (n as f64, hits as f64 / n.max(1) as f64);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [
        Some((centre - half).max(0.0)),
        Some((centre + half).min(1.0)),
    ]
}

/// Seconds of the phases that a budget is judged in.
fn covered_s(run: &RunData, budget: &Budget) -> f64 {
    let counted = run
        .plan
        .phases
        .iter()
        .filter(|phase| match budget.within.is_empty() {
            true => phase.name != "warmup",
            false => budget.within.contains(&phase.name),
        });
    let seconds: f64 = counted
        .map(|phase| (phase.to - phase.from).secs_f64())
        .sum();
    seconds.max(1e-9)
}

/// Any doubt makes a run inconclusive, whatever its budgets say; then the worst budget decides.
pub fn verdict(budgets: &[BudgetResult], doubts: &[String]) -> Verdict {
    if !doubts.is_empty() {
        return Verdict::Inconclusive;
    }
    budgets
        .iter()
        .map(|budget| budget.verdict)
        .max()
        .unwrap_or(Verdict::Pass)
}

/// One sentence for people.
pub fn summary(
    verdict: Verdict,
    budgets: &[BudgetResult],
    faults: &[FaultReport],
    reasons: &[String],
) -> String {
    let count = |wanted| {
        budgets
            .iter()
            .filter(|budget| budget.verdict == wanted)
            .count()
    };
    let head = match verdict {
        Verdict::Pass => format!("Held: all {} budgets.", budgets.len()),
        Verdict::Fail => format!(
            "Broke: {} of {} budgets.",
            count(Verdict::Fail),
            budgets.len()
        ),
        Verdict::Inconclusive => {
            let why = reasons
                .first()
                .map_or("some budgets could not be judged", String::as_str);
            format!("No verdict: {why}.")
        }
    };
    let told = faults.iter().filter_map(|fault| {
        let recovery = fault.recovery_s?;
        let sign = if fault.censored { "not within " } else { "" };
        Some(format!(
            " After {}, service was back {sign}{recovery:.1} s later.",
            fault.name
        ))
    });
    let blamed = faults.iter().filter_map(|fault| {
        let first = fault.suspects.first()?;
        let whom = first.edge.as_ref().unwrap_or(&first.service);
        Some(format!(" The first suspect in {} is {whom}.", fault.name))
    });
    told.chain(blamed).fold(head, |text, one| text + &one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_inconclusive_and_a_doubt_outweighs_a_failure() {
        let nothing = share_or_rate(Measure::ErrorRate, 0, 0, 1.0);
        assert_eq!(nothing.observed, None);
        assert_eq!(verdict(&[], &["late".to_owned()]), Verdict::Inconclusive);
    }

    #[test]
    fn zero_failures_of_n_still_have_an_upper_bound() {
        let [low, high] = wilson(0, 100);
        assert!(low.unwrap() < 1e-9 && (0.03..0.04).contains(&high.unwrap()));
    }
}
