//! What a fault did to the service level: detection, recovery, dip, losses.
//!
//! The indicator is the share of scheduled requests that were good, by intended time, so what was
//! never sent counts as missing. Its band comes from the time before the first fault.

use std::collections::BTreeSet;

use harness_model::fault::FaultPlan;
use harness_model::report::{EvidenceReport, FaultReport};
use harness_model::run_data::FaultTimes;
use harness_model::{Offset, RunData};

use crate::suspects::{self, Seen, Window, Windows};
use crate::timeline::is_good;
use crate::traces::{self, Forest};
use crate::{first_fault, warmup_end};

/// The indicator in buckets from the start of the load.
struct Level {
    bucket_s: f64,
    /// Good share of what was due; `None` where nothing was.
    good: Vec<Option<f64>>,
    due: Vec<f64>,
    /// The lowest share that counts as normal.
    floor: f64,
    baseline: f64,
}

pub fn faults(run: &RunData, forest: &Forest<'_>) -> Vec<FaultReport> {
    let level = level(run);
    let faults = run.plan.faults.iter().enumerate();
    faults
        .map(|(index, plan)| {
            let mut report = fault(run, &level, index, plan);
            explain(run, forest, plan, &mut report);
            report
        })
        .collect()
}

/// Suspects and typical requests of a fault that was on and off again. The ranking gets moments
/// only; the plan's target is used to score it afterwards.
fn explain(run: &RunData, forest: &Forest<'_>, plan: &FaultPlan, report: &mut FaultReport) {
    let times = run.fault_times(&plan.name);
    let Some((injected, healed)) = times.and_then(|times| Some((times.injected, times.healed?)))
    else {
        return;
    };
    let windows = Windows {
        before: Window {
            from: warmup_end(run),
            to: first_fault(run),
        },
        during: Window {
            from: injected,
            to: healed,
        },
    };
    let seen = Seen {
        strings: &run.strings,
        samples: &run.samples,
        forest,
        metrics: &run.metrics,
    };
    report.suspects = suspects::rank(&seen, &windows);
    report.truth_rank = suspects::truth_rank(&report.suspects, &plan.target);
    (report.before, report.during) = traces::pair(run, forest, &windows);
}

fn level(run: &RunData) -> Level {
    let bucket_s = run.plan.judgement.bucket_ns as f64 / 1e9;
    let length = (run.load_end().secs_f64() / bucket_s).max(0.0) as usize;
    let mut good = vec![0.0; length];
    let mut due = vec![0.0; length];
    for sample in &run.samples {
        let bucket = (sample.intended.secs_f64() / bucket_s) as usize;
        if bucket < length {
            due[bucket] += 1.0;
            good[bucket] += f64::from(u8::from(is_good(run, sample)));
        }
    }
    schedule(run, bucket_s, &mut due);
    let good: Vec<Option<f64>> = good
        .iter()
        .zip(&due)
        .map(|(good, due)| (*due > 0.0).then(|| good / due))
        .collect();
    let from = (warmup_end(run).secs_f64() / bucket_s).ceil() as usize;
    let first = run.plan.faults.iter().map(|fault| fault.at).min();
    let to = first
        .map_or(length, |at| (at.secs_f64() / bucket_s) as usize)
        .min(length);
    let before: Vec<f64> = good
        .get(from.min(to)..to)
        .unwrap_or_default()
        .iter()
        .flatten()
        .copied()
        .collect();
    let baseline = median(before.clone()).unwrap_or(1.0);
    let deviation = median(before.iter().map(|one| (one - baseline).abs()).collect());
    let half = (3.0 * deviation.unwrap_or(0.0)).max(run.plan.judgement.band_floor);
    Level {
        bucket_s,
        good,
        due,
        floor: baseline - half,
        baseline,
    }
}

/// Where the schedule knows of more requests than were sent, the schedule counts.
fn schedule(run: &RunData, bucket_s: f64, due: &mut [f64]) {
    let Some(tally) = run.tally() else { return };
    for (bucket, due) in due.iter_mut().enumerate() {
        let second = (bucket as f64 * bucket_s) as usize;
        let offered = tally
            .offered_per_s
            .get(second)
            .copied()
            .map_or(0.0, f64::from)
            * bucket_s;
        *due = due.max(offered);
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn fault(run: &RunData, level: &Level, index: usize, plan: &FaultPlan) -> FaultReport {
    let times = run.fault_times(&plan.name);
    let mut report = FaultReport {
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
        dip_s: 0.0,
        lost: 0.0,
        harmed: Vec::new(),
        contained: Vec::new(),
        suspects: Vec::new(),
        truth_rank: None,
        before: None,
        during: None,
        story: Vec::new(),
    };
    let (Some(injected), Some(healed)) = (report.injected_s, report.healed_s) else {
        report
            .story
            .push("The fault was never on, so nothing can be said about it.".to_owned());
        return report;
    };
    let end = run
        .plan
        .faults
        .get(index + 1)
        .map_or(run.load_end(), |next| next.at)
        .secs_f64();
    measure(level, run, &mut report, injected, healed, end);
    (report.harmed, report.contained) = blast(run, injected, healed);
    report.story = story(&report, injected, healed);
    report
}

fn evidence(times: Option<FaultTimes>) -> EvidenceReport {
    times.map_or_else(EvidenceReport::default, |times| EvidenceReport {
        eligible: times.evidence.eligible,
        affected: times.evidence.affected,
        verified: times.verified,
    })
}

fn measure(
    level: &Level,
    run: &RunData,
    report: &mut FaultReport,
    injected: f64,
    healed: f64,
    end: f64,
) {
    let at = |bucket: usize| bucket as f64 * level.bucket_s;
    let bad = |bucket: usize| level.good[bucket].is_some_and(|good| good < level.floor);
    let from = (injected / level.bucket_s) as usize;
    let to = ((end / level.bucket_s) as usize).min(level.good.len());
    let first = (from..to).find(|bucket| bad(*bucket));
    report.detection_s = first.map(|bucket| (at(bucket) - injected).max(0.0));
    for bucket in from..to {
        let missing = (level.baseline - level.good[bucket].unwrap_or(level.baseline)).max(0.0);
        if bad(bucket) {
            report.dip_s += missing / level.baseline.max(1e-9) * level.bucket_s;
            report.lost += missing * level.due[bucket];
        }
    }
    // Back for good: no bad bucket from there until the hold time is over.
    let hold_s = run.plan.judgement.hold_ns as f64 / 1e9;
    let last_bad = (from..to).rev().find(|bucket| bad(*bucket));
    let back = last_bad.map_or(healed, |bucket| at(bucket + 1).max(healed));
    let held = end - back;
    report.censored = held + 1e-9 < hold_s;
    report.recovery_s = Some(if report.censored {
        (end - healed).max(0.0)
    } else {
        back - healed
    });
}

/// Operations with significantly more failures during the fault than before it (two-proportion z
/// above 3, and at least one point of a hundred), and the others.
fn blast(run: &RunData, injected: f64, healed: f64) -> (Vec<String>, Vec<String>) {
    let names: BTreeSet<&str> = run
        .samples
        .iter()
        .map(|sample| run.strings.name(sample.operation))
        .collect();
    let warm = warmup_end(run).secs_f64();
    let first = run
        .plan
        .faults
        .iter()
        .map(|fault| fault.at.secs_f64())
        .fold(f64::MAX, f64::min);
    let share = |name: &str, from: f64, to: f64| {
        let mut counts = (0.0, 0.0);
        for sample in &run.samples {
            let at = sample.intended.secs_f64();
            if at >= from && at < to && run.strings.name(sample.operation) == name {
                counts.0 += 1.0;
                counts.1 += f64::from(u8::from(!is_good(run, sample)));
            }
        }
        counts
    };
    let harmed = |name: &&str| {
        let (n0, bad0) = share(name, warm, first);
        let (n1, bad1) = share(name, injected, healed);
        if n0 == 0.0 || n1 == 0.0 {
            return bad1 > 0.0;
        }
        let pooled = (bad0 + bad1) / (n0 + n1);
        let deviation = (pooled * (1.0 - pooled) * (1.0 / n0 + 1.0 / n1)).sqrt();
        let more = bad1 / n1 - bad0 / n0;
        more > 0.01 && more > 3.0 * deviation
    };
    let (harmed, contained): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|n| harmed(n));
    let own = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    (own(harmed), own(contained))
}

fn story(report: &FaultReport, injected: f64, healed: f64) -> Vec<String> {
    let mut story = vec![format!(
        "{} of {} from {injected:.1} s to {healed:.1} s; {} of {} exchanges met it.",
        report.kind, report.target, report.evidence.affected, report.evidence.eligible
    )];
    match report.detection_s {
        None => story.push("The service level never left its band.".to_owned()),
        Some(detection) => story.push(format!(
            "The service level left its band after {detection:.1} s and lost the equal of {:.1} s \
             of full outage ({:.0} requests).",
            report.dip_s, report.lost
        )),
    }
    let sign = if report.censored { "more than " } else { "" };
    let recovery = report.recovery_s.unwrap_or(0.0);
    story.push(format!(
        "It was back {sign}{recovery:.1} s after the fault was lifted."
    ));
    story
}
