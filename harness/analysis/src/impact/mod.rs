//! What each fault did: to the service level and to single operations, and who is suspected of it.
//!
//! - `service_level`: detection, recovery, dip and losses
//! - `blast_radius`: operations harmed and operations that stayed unharmed
//! - `backlog`: work that waited because of the fault
//! - `typical`: a typical request before and one during
//! - `memory`: services that ran out of it

mod backlog;
mod blast_radius;
mod memory;
mod service_level;
mod typical;

use harness_model::fault::FaultPlan;
use harness_model::report::{EvidenceReport, FaultReport};
use harness_model::run_data::FaultTimes;
use harness_model::{Offset, RunData};

use crate::run::moments::{first_fault, warmup_end};
use crate::run::windows::{Window, Windows};
use crate::suspects;
use crate::suspects::observations::Observations;
use crate::suspects::peers::Peers;
use crate::suspects::truth::truth_rank;
use crate::traces::forest::Forest;

use service_level::ServiceLevel;

pub fn faults(run: &RunData, forest: &Forest<'_>) -> Vec<FaultReport> {
    let level = ServiceLevel::of(run);
    let faults = run.plan.faults.iter().enumerate();
    faults
        .map(|(index, plan)| {
            let mut report = blank(run, plan);
            if let Some(during) = during(run, plan) {
                let next = run.plan.faults.get(index + 1).map(|next| next.at);
                let end = next.map_or(run.load_end(), |next| next.min(run.load_end()));
                report.unsettled = unsettled(run, &level, index, during.from);
                fill(run, forest, &level, plan, during, end, &mut report);
            }
            report
        })
        .collect()
}

/// The time for which a fault was on, if it was on and off again.
fn during(run: &RunData, plan: &FaultPlan) -> Option<Window> {
    let times = run.fault_times(&plan.name)?;
    Some(Window {
        from: times.injected,
        to: times.healed?,
    })
}

/// The fault before, if it was still on when this one began, or if the level had not been back in
/// its band for the hold time.
fn unsettled(
    run: &RunData,
    level: &ServiceLevel<'_>,
    index: usize,
    injected: Offset,
) -> Option<String> {
    let earlier = run.plan.faults[..index].iter().filter_map(|fault| {
        let during = during(run, fault)?;
        (during.from <= injected).then_some((fault, during))
    });
    let (fault, before) = earlier.max_by_key(|(_, during)| during.to)?;
    let felt = before.to > injected || !level.is_settled(injected);
    felt.then(|| fault.name.clone())
}

/// Everything is found from the moments of the fault alone. The plan's target is used to score the
/// suspects afterwards.
fn fill(
    run: &RunData,
    forest: &Forest<'_>,
    level: &ServiceLevel<'_>,
    plan: &FaultPlan,
    during: Window,
    end: Offset,
    report: &mut FaultReport,
) {
    let windows = Windows {
        before: Window {
            from: warmup_end(run),
            to: first_fault(run),
        },
        during,
    };
    let change = level.change(during, end);
    report.detection_s = change.detection_s;
    report.recovery_s = Some(change.recovery_s);
    report.censored = change.censored;
    report.dip_s = change.dip_s;
    report.lost = change.lost;
    let radius = blast_radius::blast_radius(run, &windows);
    report.harmed = radius.harmed;
    report.contained = radius.contained;
    let peers = Peers::of(run, forest);
    let seen = Observations::of(run, forest, &peers);
    let ranking = suspects::rank(&seen, &windows);
    report.suspects = ranking.suspects;
    report.blind_spots = ranking.blind_spots;
    report.truth_rank = truth_rank(&report.suspects, &plan.target);
    report.backlog = backlog::backlog(run, &windows);
    (report.before, report.during) = typical::pair(run, forest, &windows);
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
        detection_s: None,
        recovery_s: None,
        censored: false,
        unsettled: None,
        dip_s: 0.0,
        lost: 0.0,
        backlog: None,
        harmed: Vec::new(),
        contained: Vec::new(),
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
