//! Whether the load was sent as planned: the rate, the waiting for users, and what was never sent.
//!
//! It must not judge lateness of the generator itself, which is in `validity`.

use harness_model::load::LoadModel;
use harness_model::plan::{Budget, Measure, PhaseKind, Schedule, Subject};
use harness_model::report::{LoadDoubt, ScheduleReport, Waiting};
use harness_model::{ErrorClass, LoadTally, RunData, Sample};

use super::scope::Scope;
use crate::run::moments::warmup_end;
use crate::stats::order::nearest_rank;

/// A load is compared by the moment at which this share of it was sent, so that a few stragglers
/// do not make it late.
const MOST: f64 = 0.99;
/// Users are counted by stretches of this many seconds.
const STRETCH_S: usize = 10;
/// Users beyond the mean, in standard deviations.
const HEADROOM: f64 = 3.0;

/// `None` for a closed model, which has no schedule, for a stepped load, each step of which is told
/// on its own, and without the load worker's counts.
pub fn report(run: &RunData) -> Option<ScheduleReport> {
    let (tally, plan) = (run.tally()?, &run.plan);
    let is_stepped = (plan.phases.iter()).any(|phase| matches!(phase.kind, PhaseKind::Step(_)));
    if matches!(plan.load.model, LoadModel::Closed { .. }) || is_stepped {
        return None;
    }
    let asked = tally
        .scheduled
        .saturating_sub(tally.cancelled + tally.unbuilt);
    let planned_s = planned_s(run)?;
    let planned_per_s = asked as f64 / planned_s;
    let achieved_per_s = tally.sent as f64 / planned_s / stretched(&run.samples);
    Some(ScheduleReport {
        planned_per_s,
        achieved_per_s,
        planned_s,
        took_s: run.load_end().secs_f64(),
        kept: achieved_per_s >= plan.judgement.min_rate * planned_per_s,
        best_effort: plan.judgement.schedule == Schedule::BestEffort,
        pool: plan.load.pool as u64,
        pool_needed: pool_needed(run, tally),
    })
}

/// A load that ends by its number of requests is planned until the last of them.
fn planned_s(run: &RunData) -> Option<f64> {
    let planned_s = run.plan.load.duration_ns as f64 / 1e9;
    let last = run.due().map(|sample| sample.intended).max();
    let planned_s = match (run.plan.load.requests, last) {
        (Some(_), Some(last)) => last.secs_f64().min(planned_s),
        _ => planned_s,
    };
    (planned_s > 0.0).then_some(planned_s)
}

/// How much longer than planned it took to send what was sent: 1 for a load that was kept.
fn stretched(sent: &[Sample]) -> f64 {
    let at_most = |mut moments: Vec<i64>| {
        moments.sort_unstable();
        nearest_rank(&moments, MOST)
    };
    let intended = at_most(sent.iter().map(|sample| sample.intended.ns()).collect());
    let sent = at_most(sent.iter().map(|sample| sample.sent.ns()).collect());
    match intended.zip(sent) {
        Some((intended, sent)) if intended > 0 => (sent as f64 / intended as f64).max(1.0),
        _ => 1.0,
    }
}

/// How many users would do, at the times that were observed; `None` where they do not ask for more
/// than there are.
///
/// By Little's law, rate × (service + think) of them are busy at once as a mean L (J. D. C. Little,
/// *Operations Research* 9, 1961), here in the worst ten seconds. With as many users as may be
/// needed, the number of busy ones is Poisson distributed, with standard deviation sqrt(L), so that
/// `L + 3 sqrt(L)` are hardly ever all busy (L. Takács, *Introduction to the Theory of Queues*,
/// 1962, chapter 3: M/G/∞).
fn pool_needed(run: &RunData, tally: &LoadTally) -> Option<u64> {
    let load = &run.plan.load;
    // The mean of a log-normal variable with this median.
    let think_s = load.think_median_ns as f64 / 1e9 * (load.think_sigma.powi(2) / 2.0).exp();
    let seconds = tally.offered_per_s.len();
    let (mut busy_s, mut sent) = (vec![0.0; seconds], vec![0.0; seconds]);
    for sample in &run.samples {
        let second = sample.intended.secs_f64().max(0.0) as usize;
        if second < seconds {
            let thought_s = if sample.step > 0 { think_s } else { 0.0 };
            busy_s[second] += sample.service_ns() as f64 / 1e9 + thought_s;
            sent[second] += 1.0;
        }
    }
    let all_s = busy_s.iter().sum::<f64>() / sent.iter().sum::<f64>().max(1.0);
    let busy = |from: usize| {
        let stretch = from..(from + STRETCH_S).min(seconds);
        let offered: u32 = tally.offered_per_s[stretch.clone()].iter().sum();
        let (busy_s, sent): (f64, f64) = (
            busy_s[stretch.clone()].iter().sum(),
            sent[stretch.clone()].iter().sum(),
        );
        let each_s = if sent > 0.0 { busy_s / sent } else { all_s };
        f64::from(offered) / stretch.len() as f64 * each_s
    };
    let mean = (0..seconds)
        .step_by(STRETCH_S)
        .map(busy)
        .fold(0.0, f64::max);
    let needed = (mean + HEADROOM * mean.sqrt()).ceil() as u64;
    (needed > load.pool as u64).then_some(needed)
}

/// How long the first request of each visit waited for a user to be free: what lies between its
/// intended moment and the moment at which it was sent, without the generator's own lateness. Later
/// requests have their user already.
pub fn waiting(run: &RunData) -> Option<Waiting> {
    if matches!(run.plan.load.model, LoadModel::Closed { .. }) {
        return None;
    }
    let first = run.due().filter(|sample| sample.step == 0);
    let waited = first.map(|sample| {
        let until_sent = u64::try_from((sample.sent - sample.intended).ns()).unwrap_or(0);
        until_sent.saturating_sub(sample.lateness_ns)
    });
    let mut waited: Vec<u64> = waited.collect();
    waited.sort_unstable();
    let at = |q: f64| Some(nearest_rank(&waited, q)? as f64 / 1e6);
    Some(Waiting {
        p50_ms: at(0.5)?,
        p99_ms: at(0.99)?,
        max_ms: at(1.0)?,
    })
}

/// Why the load was not sent as planned, if it was not.
pub fn doubts(run: &RunData, schedule: Option<&ScheduleReport>) -> Vec<LoadDoubt> {
    let mut doubts = Vec::new();
    let starved = run
        .unsent
        .iter()
        .filter(|one| one.error == ErrorClass::NotSent);
    let arrived = starved.count() as u64;
    if run.tally().is_some_and(|tally| tally.dropped != arrived) {
        doubts.push(LoadDoubt::UnsentLost { arrived });
    }
    let unsent = unsent(run);
    // A rate that was not achieved because of them is told with them.
    let is_behind = unsent.is_none() && schedule.is_some_and(|schedule| !schedule.kept);
    doubts.extend(unsent);
    if is_behind && (run.plan.judgement.schedule == Schedule::Strict || limits_speed(run)) {
        doubts.push(LoadDoubt::BehindSchedule);
    }
    doubts
}

/// A budget on a latency or a throughput asks for a load, whatever the scenario says of it.
fn limits_speed(run: &RunData) -> bool {
    let asks = |budget: &Budget| {
        budget.measure.quantile().is_some() || budget.measure == Measure::Throughput
    };
    run.plan.budgets.iter().any(asks)
}

/// The stretch in which the share of requests that found no free user is furthest beyond what may:
/// the run without its warm-up, and what each budget is judged in.
fn unsent(run: &RunData) -> Option<LoadDoubt> {
    let judgement = &run.plan.judgement;
    let stepped = |phase: &harness_model::Phase| matches!(phase.kind, PhaseKind::Step(_));
    let warm = warmup_end(run);
    // The later steps of a stepped load are meant to be too much.
    let whole = (!run.plan.phases.iter().any(stepped)).then(|| {
        let holds = |sample: &Sample| sample.intended >= warm;
        doubt(run, &[], judgement.max_unsent, holds)
    });
    let of_budgets = run.plan.budgets.iter().filter_map(|budget| {
        let scope = Scope::of(run, budget);
        let holds = |sample: &Sample| scope.holds_due(sample) && scope.names(sample);
        let limit = judgement
            .max_unsent
            .min(judgement.tolerance * noticed(budget)?);
        doubt(run, &budget.within, limit, holds)
    });
    let all = whole.flatten().into_iter().chain(of_budgets);
    all.max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, doubt)| doubt)
}

/// The smallest share of failed requests that changes a budget's verdict; `None` for one that is
/// not about requests.
fn noticed(budget: &Budget) -> Option<f64> {
    if let Subject::Fault(_) | Subject::Service(_) = &budget.of {
        return None;
    }
    match budget.measure {
        Measure::P50
        | Measure::P90
        | Measure::P95
        | Measure::P99
        | Measure::P999
        | Measure::Max => budget.measure.quantile().map(|q| 1.0 - q),
        Measure::ErrorRate => Some(budget.limit),
        Measure::Throughput => Some(1.0),
        Measure::Recovery | Measure::Detection | Measure::Dip | Measure::Lost => None,
    }
}

/// The doubt, if there is one, and by how much the share is beyond its limit.
fn doubt(
    run: &RunData,
    within: &[String],
    limit: f64,
    holds: impl Fn(&Sample) -> bool,
) -> Option<(f64, LoadDoubt)> {
    let (mut due, mut unsent) = (0, 0);
    for sample in run.due().filter(|sample| holds(sample)) {
        due += 1;
        unsent += u64::from(!sample.was_sent());
    }
    let beyond = unsent as f64 / due.max(1) as f64 - limit;
    let within = within.to_vec();
    (unsent > 0 && beyond > 0.0).then_some((
        beyond,
        LoadDoubt::NotSent {
            unsent,
            due,
            within,
            limit,
        },
    ))
}
