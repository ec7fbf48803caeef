//! What happened because of a fault, in a few sentences. It must say nothing that the numbers of
//! the report do not.

use harness_model::FaultKind;
use harness_model::report::{Backlog, FaultReport, Harm};

use super::faults::{kind, target};

/// The story names this many harmed operations; the report lists all.
const NAMED: usize = 2;

/// A sentence each, never empty: what was done, memory that ran out, an earlier fault still felt,
/// the service level, the backlog, then whom it harmed. A fault that was not seen both on and off
/// has one sentence.
pub fn story(fault: &FaultReport) -> Vec<String> {
    let Some((from_s, to_s)) = fault.injected_s.zip(fault.healed_s) else {
        return vec!["The fault was never on, so nothing can be said about it.".to_owned()];
    };
    let mut story = vec![what(fault, from_s, to_s)];
    story.extend(fault.out_of_memory.iter().map(|end| {
        format!(
            "{} ran out of memory at {:.1} s and was ended by the kernel.",
            end.service, end.at_s
        )
    }));
    if let Some(earlier) = &fault.unsettled {
        story.push(format!(
            "It began while {earlier} was still felt, so what {earlier} left behind is counted \
             here, too."
        ));
    }
    story.extend(level(fault));
    story.extend(fault.backlog.as_ref().and_then(backlog));
    story.extend(fault.harmed.iter().take(NAMED).map(harm));
    story
}

fn what(fault: &FaultReport, from_s: f64, to_s: f64) -> String {
    let kind = kind(fault);
    let (first, rest) = kind.split_at(kind.len().min(1));
    let (affected, eligible) = (fault.evidence.affected, fault.evidence.eligible);
    // Connections that the kernel refuses at a closed port are not counted.
    let met = match fault.kind {
        FaultKind::Refuse => format!("at least {affected} exchanges or connections met it"),
        FaultKind::Kill
        | FaultKind::Freeze
        | FaultKind::Restart
        | FaultKind::CrashLoop { .. }
        | FaultKind::Cpu { .. }
        | FaultKind::Memory { .. }
        | FaultKind::Disconnect
        | FaultKind::Latency { .. }
        | FaultKind::Hang => format!("{affected} of {eligible} exchanges met it"),
    };
    format!(
        "{}{rest} of {} from {from_s:.1} s to {to_s:.1} s; {met}.",
        first.to_uppercase(),
        target(fault),
    )
}

fn level(fault: &FaultReport) -> Vec<String> {
    let Some(detection) = fault.detection_s else {
        return vec!["The service level never left its band.".to_owned()];
    };
    let bound = if fault.censored { "more than " } else { "" };
    let recovery = fault.recovery_s.unwrap_or(0.0);
    vec![
        format!(
            "The first visitor noticed after {detection:.1} s; the service level lost the \
             equivalent of {:.1} s of full outage ({:.0} requests).",
            fault.dip_s, fault.lost
        ),
        format!("The service level was back {bound}{recovery:.1} s after the fault was lifted."),
    ]
}

/// `None` when no more waited than usual.
fn backlog(backlog: &Backlog) -> Option<String> {
    let Backlog {
        baseline,
        peak,
        drained_s,
    } = backlog;
    let usual = format!("its usual level of at most {baseline:.0}");
    let drained = match drained_s {
        Some(after) => format!("was back at {usual} {after:.1} s after the fault was lifted"),
        None => format!("was not seen back at {usual}"),
    };
    (peak > baseline).then(|| format!("The backlog grew to {peak:.0} and {drained}."))
}

fn harm(harm: &Harm) -> String {
    let Harm {
        operation,
        failed_before,
        failed_during,
        p50_before_ms,
        p50_during_ms,
    } = harm;
    if failed_during > failed_before {
        return format!(
            "{operation} failed or came too late in {:.0} % of its requests (before: {:.0} %).",
            failed_during * 100.0,
            failed_before * 100.0
        );
    }
    match (p50_before_ms, p50_during_ms) {
        (Some(before), Some(during)) => {
            let digits = usize::from(*during < 10.0);
            format!(
                "{operation} took {during:.digits$} ms at the median \
                 (before: {before:.digits$} ms)."
            )
        }
        _ => format!("{operation} was harmed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::fault::FaultTarget;
    use harness_model::report::{EvidenceReport, OutOfMemory};

    fn refused() -> FaultReport {
        FaultReport {
            name: "shut".to_owned(),
            kind: FaultKind::Refuse,
            target: FaultTarget::Edge(harness_model::Edge::new("order", "payment")),
            planned_s: 30.0,
            injected_s: Some(30.0),
            healed_s: Some(36.04),
            evidence: EvidenceReport {
                eligible: 9,
                affected: 7,
                verified: true,
            },
            detection_s: None,
            recovery_s: Some(0.0),
            censored: false,
            unsettled: None,
            dip_s: 2.71,
            lost: 569.0,
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

    #[test]
    fn a_fault_that_was_never_on_has_no_story() {
        let fault = FaultReport {
            healed_s: None,
            ..refused()
        };
        assert!(story(&fault)[0].contains("was never on"));
    }

    #[test]
    fn a_quiet_fault_leaves_the_level_in_its_band() {
        assert_eq!(
            story(&refused()),
            [
                "Refuse of order \u{2192} payment from 30.0 s to 36.0 s; at least 7 exchanges or \
                 connections met it.",
                "The service level never left its band.",
            ]
        );
    }

    #[test]
    fn a_loud_fault_names_memory_earlier_faults_bounds_backlog_and_harm_in_this_order() {
        let fault = FaultReport {
            detection_s: Some(0.98),
            recovery_s: Some(24.0),
            censored: true,
            unsettled: Some("freeze".to_owned()),
            out_of_memory: vec![OutOfMemory {
                service: "identity".to_owned(),
                at_s: 31.26,
            }],
            backlog: Some(Backlog {
                baseline: 2.0,
                peak: 41.0,
                drained_s: None,
            }),
            harmed: vec![Harm {
                operation: "pay".to_owned(),
                failed_before: 0.0,
                failed_during: 0.0,
                p50_before_ms: Some(12.2),
                p50_during_ms: Some(9.87),
            }],
            ..refused()
        };
        assert_eq!(
            story(&fault)[1..],
            [
                "identity ran out of memory at 31.3 s and was ended by the kernel.",
                "It began while freeze was still felt, so what freeze left behind is counted \
                 here, too.",
                "The first visitor noticed after 1.0 s; the service level lost the equivalent of \
                 2.7 s of full outage (569 requests).",
                "The service level was back more than 24.0 s after the fault was lifted.",
                "The backlog grew to 41 and was not seen back at its usual level of at most 2.",
                "pay took 9.9 ms at the median (before: 12.2 ms).",
            ]
        );
    }
}
