//! Visitors who leave after a failure, on a made-up run: the requests they no longer make are lost,
//! and do not mean that the target has not recovered.

mod support;

use harness_model::fault::FaultKind;
use harness_model::report::{FaultReport, Report};
use harness_model::{EventKind, RunData};
use support::MadeUpRun;

const SECOND: i64 = 1_000_000_000;

/// From the end of the outage at 40 s every other request is not made for eight seconds.
fn thinned(is_counted: bool) -> RunData {
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    let is_absent =
        |at: i64, index: usize| (40 * SECOND..48 * SECOND).contains(&at) && index.is_multiple_of(2);
    let (mut offered, mut left) = (vec![0; 120], vec![0; 120]);
    let samples = std::mem::take(&mut run.samples);
    for (index, sample) in samples.into_iter().enumerate() {
        let at = sample.intended.ns();
        let second = usize::try_from(at / SECOND).expect("after the start");
        offered[second] += 1;
        if is_absent(at, index) {
            left[second] += 1;
        } else {
            run.samples.push(sample);
        }
    }
    for event in &mut run.events {
        if let EventKind::LoadFinished { tally } = &mut event.what {
            tally.offered_per_s.clone_from(&offered);
            if is_counted {
                tally.left_per_s.clone_from(&left);
            }
        }
    }
    run
}

fn fault(report: &Report) -> &FaultReport {
    &report.faults[0]
}

#[test]
fn who_left_after_a_failure_is_lost_and_does_not_delay_recovery() {
    let usual = harness_analysis::report(&MadeUpRun::new(FaultKind::Kill, "payment").run());
    let (counted, uncounted) = (thinned(true), thinned(false));
    let (counted, uncounted) = (
        harness_analysis::report(&counted),
        harness_analysis::report(&uncounted),
    );
    assert_eq!(fault(&counted).recovery_s, fault(&usual).recovery_s);
    assert!(fault(&uncounted).recovery_s > fault(&usual).recovery_s);
    assert!(fault(&counted).lost > fault(&usual).lost + 10.0);
    assert_eq!(fault(&counted).lost, fault(&uncounted).lost);
}
