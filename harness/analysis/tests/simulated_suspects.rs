//! How often somebody is suspected in runs in which nothing happens.

mod support;

use harness_model::fault::FaultKind;
use support::MadeUpRun;

/// Runs with a suspect, and runs with a stretch out of band, of `runs` clean ones with errors, slow
/// answers and lost spans at random.
fn false_alarms(runs: u64) -> (u64, u64) {
    let (mut suspected, mut stretches) = (0, 0);
    for seed in 0..runs {
        let mut clean = MadeUpRun::new(FaultKind::Kill, "nobody");
        (clean.troubled, clean.seed) = (true, 1000 + seed);
        clean.servers = seed as usize % 3;
        let report = harness_analysis::report(&clean.run());
        suspected += u64::from(!report.faults[0].suspects.is_empty());
        clean.planned = false;
        let report = harness_analysis::report(&clean.run());
        stretches += u64::from(!report.stretches.is_empty());
    }
    (suspected, stretches)
}

#[test]
fn few_clean_runs_have_a_suspect() {
    let (suspected, stretches) = false_alarms(12);
    assert!(
        suspected + stretches <= 1,
        "{suspected} and {stretches} of 12"
    );
}

#[test]
#[ignore = "takes minutes: cargo xtask verify statistics"]
fn at_most_two_clean_runs_of_a_hundred_have_a_suspect() {
    let (suspected, stretches) = false_alarms(200);
    println!("{suspected} of 200 clean runs have a suspect, {stretches} a stretch out of band");
    assert!(suspected <= 4 && stretches <= 4);
}
