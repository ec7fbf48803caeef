//! Made-up runs in which something happens that nobody planned.

mod support;

use harness_model::fault::FaultKind;
use harness_model::load::{LoadModel, RateSegment, Spacing};
use harness_model::report::{Excess, StretchReport};
use support::MadeUpRun;

fn unplanned(kind: FaultKind, target: &'static str) -> MadeUpRun {
    MadeUpRun {
        planned: false,
        servers: 2,
        ..MadeUpRun::new(kind, target)
    }
}

fn stretches(made_up: &MadeUpRun) -> Vec<StretchReport> {
    harness_analysis::report(&made_up.run()).stretches
}

fn first(stretch: &StretchReport) -> String {
    let first = stretch.suspects.first().expect("a suspect");
    let edge = first.edge.as_ref().map(ToString::to_string);
    edge.unwrap_or_else(|| first.service.clone())
}

fn latency(ms: u64) -> FaultKind {
    FaultKind::Latency {
        delay_ns: ms * 1_000_000,
        jitter_ns: 0,
    }
}

#[test]
fn an_outage_that_nobody_planned_is_found_to_the_second_and_its_cause_is_named() {
    for (kind, target) in [
        (FaultKind::Kill, "payment-db"),
        (FaultKind::Refuse, "order -> payment"),
        (FaultKind::Freeze, "inventory"),
    ] {
        let found = stretches(&unplanned(kind, target));
        let one = &found[0];
        assert_eq!(one.excess, Excess::Failures, "{target}");
        assert!((29.0..=31.0).contains(&one.from_s), "{target}: {one:?}");
        assert!((39.0..=41.0).contains(&one.to_s), "{target}: {one:?}");
        assert_eq!(first(one), target);
    }
}

#[test]
fn latency_that_creeps_in_is_found_and_its_path_is_named() {
    let mut creeping = unplanned(latency(300), "order -> payment");
    creeping.creeping = true;
    let found = stretches(&creeping);
    let one = &found[0];
    assert_eq!(one.excess, Excess::Slowness);
    assert!((30.0..=36.0).contains(&one.from_s), "{one:?}");
    assert!(one.to_s >= 49.0, "{one:?}");
    assert_eq!(first(one), "order -> payment");
}

#[test]
fn the_time_of_a_planned_fault_is_no_stretch() {
    let mut planned = unplanned(FaultKind::Kill, "payment");
    planned.planned = true;
    assert_eq!(stretches(&planned), []);
}

#[test]
fn a_quiet_run_has_no_stretch_and_neither_has_one_that_is_always_troubled() {
    for seed in 1..=20 {
        let mut quiet = unplanned(FaultKind::Kill, "nobody");
        (quiet.troubled, quiet.seed) = (true, seed);
        assert_eq!(stretches(&quiet), [], "seed {seed}");
    }
}

/// Everything is slow while more is asked for: that is the load's doing.
#[test]
fn a_higher_load_is_not_held_against_a_part_of_the_target() {
    let slow = unplanned(latency(300), "order -> payment");
    let mut run = slow.run();
    assert!(!harness_analysis::report(&run).stretches.is_empty());
    let segment = |rate: f64, seconds: u64| RateSegment {
        from_per_s: rate,
        to_per_s: rate,
        for_ns: seconds * 1_000_000_000,
    };
    run.plan.load.model = LoadModel::Open {
        arrivals: vec![segment(10.0, 30), segment(40.0, 10), segment(10.0, 10)],
        spacing: Spacing::Constant,
    };
    assert_eq!(harness_analysis::report(&run).stretches, []);
}
