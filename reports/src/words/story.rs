//! What happened because of a fault, in a few sentences. It must say nothing that the numbers of
//! the report do not.

use harness_model::FaultKind;
use harness_model::report::{Backlog, FaultReport, Harm};

use super::faults::{kind, target};

/// The story names this many harmed operations; the report lists all.
const NAMED: usize = 2;

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
            "It began while {earlier} was still felt: what that one left behind is counted here, \
             too."
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
        _ => format!("{affected} of {eligible} exchanges met it"),
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
            "The first shopper noticed after {detection:.1} s; the level lost the equal of {:.1} s \
             of full outage ({:.0} requests).",
            fault.dip_s, fault.lost
        ),
        format!("It was back {bound}{recovery:.1} s after the fault was lifted."),
    ]
}

/// Nothing when no more waited than usual.
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
