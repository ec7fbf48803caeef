//! What each fault did: to the service level, to single operations, and who is to blame for it.

mod backlog;
mod blast;
mod level;
mod story;

use harness_model::fault::FaultPlan;
use harness_model::report::{EvidenceReport, FaultReport};
use harness_model::run_data::FaultTimes;
use harness_model::{Offset, RunData};

use crate::suspects::{self, Seen, Window, Windows};
use crate::traces::{self, Forest};
use crate::{first_fault, warmup_end};

use level::Level;

pub fn faults(run: &RunData, forest: &Forest<'_>) -> Vec<FaultReport> {
    let level = Level::of(run);
    let faults = run.plan.faults.iter().enumerate();
    faults
        .map(|(index, plan)| {
            let mut report = blank(run, plan);
            match during(run, plan) {
                None => {
                    let is_injected = report.injected_s.is_some();
                    report.story.push(story::incomplete(is_injected));
                }
                Some(during) => {
                    let next = run.plan.faults.get(index + 1).map(|next| next.at);
                    let end = next.map_or(run.load_end(), |next| next.min(run.load_end()));
                    report.unsettled = unsettled(run, &level, index, during.from);
                    fill(run, forest, &level, plan, during, end, &mut report);
                }
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
fn unsettled(run: &RunData, level: &Level<'_>, index: usize, injected: Offset) -> Option<String> {
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
    level: &Level<'_>,
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
    let blast = blast::blast(run, &windows);
    report.harmed = blast.harmed;
    report.contained = blast.contained;
    let seen = Seen {
        strings: &run.strings,
        samples: &run.samples,
        forest,
        metrics: &run.metrics,
    };
    report.suspects = suspects::rank(&seen, &windows);
    report.truth_rank = suspects::truth_rank(&report.suspects, &plan.target);
    report.backlog = backlog::backlog(run, &windows);
    (report.before, report.during) = traces::pair(run, forest, &windows);
    report.story = story::story(report, during);
    let ends = story::out_of_memory(&run.events, &plan.name);
    report.story.splice(1..1, ends);
}

fn blank(run: &RunData, plan: &FaultPlan) -> FaultReport {
    let times = run.fault_times(&plan.name);
    FaultReport {
        name: plan.name.clone(),
        kind: plan.kind.name().to_owned(),
        target: plan.target.to_string(),
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
        truth_rank: None,
        before: None,
        during: None,
        story: Vec::new(),
    }
}

fn evidence(times: Option<FaultTimes>) -> EvidenceReport {
    times.map_or_else(EvidenceReport::default, |times| EvidenceReport {
        eligible: times.evidence.eligible,
        affected: times.evidence.affected,
        verified: times.verified,
    })
}
