//! What each fault did: to the service level and to single operations, and who is suspected of it.
//!
//! - `acted`: what was done, and when
//! - `schedule`, `indicator`, `band`: the service level in buckets, and when it is out of its band
//! - `service_level`: first harm, recovery, relapses, dip and losses
//! - `overlap`: what faults that were felt at the same time share
//! - `noticed`: when breakers, health checks and budgets noticed a fault
//! - `blast_radius`: operations harmed and operations that stayed unharmed
//! - `backlog`: work that waited because of the fault
//! - `typical`: a typical request before and one during
//! - `memory`: services that ran out of it

mod acted;
mod backlog;
mod band;
mod blast_radius;
mod indicator;
mod memory;
mod noticed;
mod overlap;
mod schedule;
mod service_level;
mod typical;

use harness_model::fault::FaultPlan;
use harness_model::report::{EvidenceReport, FaultReport, Noticed};
use harness_model::run_data::FaultTimes;
use harness_model::{Offset, RunData};

use crate::run::windows::{Window, Windows};
use crate::suspects;
use crate::suspects::observations::Observations;
use crate::suspects::peers::Peers;
use crate::suspects::truth::truth_rank;
use crate::traces::forest::Forest;

use service_level::{Felt, ServiceLevel};

pub fn faults(run: &RunData, forest: &Forest<'_>) -> Vec<FaultReport> {
    if run.plan.faults.is_empty() {
        return Vec::new();
    }
    let baseline = acted::baseline(run);
    let level = ServiceLevel::of(run, baseline);
    let plans = &run.plan.faults;
    let felt: Vec<Option<Felt>> = plans
        .iter()
        .map(|plan| acted::during(run, plan).map(|during| level.felt(during)))
        .collect();
    plans
        .iter()
        .enumerate()
        .map(|(index, plan)| {
            let mut report = blank(run, plan);
            if let Some(one) = &felt[index] {
                fill_level(run, &level, &felt, index, one, &mut report);
                let windows = Windows {
                    before: baseline,
                    during: one.fault,
                };
                fill_impact(run, forest, &level, &windows, plan, &mut report);
            }
            report
        })
        .collect()
}

/// What it did to the service level, and who noticed.
fn fill_level(
    run: &RunData,
    level: &ServiceLevel<'_>,
    all: &[Option<Felt>],
    index: usize,
    felt: &Felt,
    report: &mut FaultReport,
) {
    let name = |index: usize| run.plan.faults[index].name.clone();
    let until_s = overlap::undisturbed_until_s(level, all, index);
    let shared = overlap::shared(level, all, index);
    let cost = level.cost(felt, until_s);
    report.first_harm_s = level.first_harm_s(felt);
    report.recovery_s = Some(felt.back_s - felt.fault.to.secs_f64());
    report.censored = felt.censored;
    report.relapses = level.relapses(felt, until_s);
    report.dip_s = cost.dip_s;
    report.lost = cost.lost;
    report.recovery_least_s = (!shared.with.is_empty()).then_some(shared.recovery_least_s);
    report.unsettled = shared.earlier.map(name);
    report.shared = shared.with.into_iter().map(name).collect();
    let hold = i64::try_from(run.plan.judgement.hold_ns).unwrap_or(i64::MAX);
    let from = felt.fault.from;
    let felt_for = Window {
        from,
        to: Offset::from_secs_f64(felt.back_s),
    };
    let quiet = Window {
        from: Offset(from.ns().saturating_sub(hold)),
        to: from,
    };
    report.noticed = noticed::noticed(run, &report.target, felt_for, quiet);
}

/// Everything is found from the moments of the fault alone. The plan's target is used to score the
/// suspects afterwards.
fn fill_impact(
    run: &RunData,
    forest: &Forest<'_>,
    level: &ServiceLevel<'_>,
    windows: &Windows,
    plan: &FaultPlan,
    report: &mut FaultReport,
) {
    let indicator = level.indicator();
    let [from, to] =
        [windows.during.from, windows.during.to].map(|at| indicator.bucket(at.secs_f64()));
    let buckets = to.saturating_sub(from).max(1);
    let radius = blast_radius::blast_radius(run, windows, &indicator.usual, buckets);
    report.harmed = radius.harmed;
    report.contained = radius.contained;
    report.unseen = radius.unseen;
    report.starved = radius.starved;
    let peers = Peers::of(run, forest);
    let seen = Observations::of(run, forest, &peers);
    let ranking = suspects::rank(&seen, windows);
    report.suspects = ranking.suspects;
    report.blind_spots = ranking.blind_spots;
    report.truth_rank = truth_rank(&report.suspects, &plan.target);
    report.backlog = backlog::backlog(run, windows);
    (report.before, report.during) = typical::pair(run, forest, windows);
    report.out_of_memory = memory::out_of_memory(&run.events, &plan.name);
}

fn blank(run: &RunData, plan: &FaultPlan) -> FaultReport {
    let times = run.fault_times(&plan.name);
    FaultReport {
        name: plan.name.clone(),
        kind: plan.kind.clone(),
        target: plan.target.clone(),
        planned_s: plan.at.secs_f64(),
        injected_s: times.map(|times| times.injected.secs_f64()),
        healed_s: times.and_then(|times| times.healed).map(Offset::secs_f64),
        evidence: evidence(times),
        first_harm_s: None,
        noticed: Noticed::default(),
        recovery_s: None,
        censored: false,
        relapses: Vec::new(),
        shared: Vec::new(),
        recovery_least_s: None,
        unsettled: None,
        dip_s: 0.0,
        lost: 0.0,
        backlog: None,
        harmed: Vec::new(),
        contained: Vec::new(),
        unseen: Vec::new(),
        starved: 0,
        suspects: Vec::new(),
        blind_spots: Vec::new(),
        truth_rank: None,
        before: None,
        during: None,
        out_of_memory: Vec::new(),
    }
}

fn evidence(times: Option<FaultTimes>) -> EvidenceReport {
    times.map_or_else(EvidenceReport::default, |times| EvidenceReport {
        eligible: times.evidence.eligible,
        affected: times.evidence.affected,
        verified: times.verified,
    })
}
