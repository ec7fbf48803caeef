//! The story of a fault in a few sentences. It must say nothing that its numbers do not.

use harness_model::report::{Backlog, FaultReport, Harm};

use harness_model::{EventKind, RunEvent};

use crate::suspects::Window;

/// So many harmed operations are told of; the report lists all.
const TOLD: usize = 2;

pub fn never_on() -> String {
    "The fault was never on, so nothing can be said about it.".to_owned()
}

pub fn story(report: &FaultReport, fault: Window) -> Vec<String> {
    let kind = report.kind.replace('_', " ");
    let (first, rest) = kind.split_at(kind.len().min(1));
    let (affected, eligible) = (report.evidence.affected, report.evidence.eligible);
    // Whom the kernel turned away at a closed port is not counted.
    let met = match report.kind.as_str() {
        "refuse" => format!("at least {affected} exchanges or connections met it"),
        _ => format!("{affected} of {eligible} exchanges met it"),
    };
    let mut story = vec![format!(
        "{}{rest} of {} from {:.1} s to {:.1} s; {met}.",
        first.to_uppercase(),
        report.target.replace("->", "\u{2192}"),
        fault.from.secs_f64(),
        fault.to.secs_f64(),
    )];
    if let Some(earlier) = &report.unsettled {
        story.push(format!(
            "It began while {earlier} was still felt: what that one left behind is counted here, \
             too."
        ));
    }
    match report.detection_s {
        None => story.push("The service level never left its band.".to_owned()),
        Some(detection) => {
            story.push(format!(
                "The first shopper noticed after {detection:.1} s; the level lost the equal of \
                 {:.1} s of full outage ({:.0} requests).",
                report.dip_s, report.lost
            ));
            let sign = if report.censored { "more than " } else { "" };
            let recovery = report.recovery_s.unwrap_or(0.0);
            story.push(format!(
                "It was back {sign}{recovery:.1} s after the fault was lifted."
            ));
        }
    }
    story.extend(report.backlog.as_ref().and_then(backlog));
    story.extend(report.harmed.iter().take(TOLD).map(harm));
    story
}

/// Who was ended by the kernel from the moment the fault was set about until it was lifted.
pub fn out_of_memory(events: &[RunEvent], fault: &str) -> Vec<String> {
    let moment = |is: &dyn Fn(&EventKind) -> bool| events.iter().position(|event| is(&event.what));
    let begun =
        moment(&|what| matches!(what, EventKind::FaultInjecting { fault: f } if f == fault));
    let over =
        moment(&|what| matches!(what, EventKind::FaultHealed { fault: f, .. } if f == fault));
    let within = events.get(begun.unwrap_or(0)..over.unwrap_or(events.len()));
    let told = within
        .unwrap_or_default()
        .iter()
        .filter_map(|event| match &event.what {
            EventKind::ServiceOutOfMemory { service, .. } => Some(format!(
                "{service} ran out of memory at {:.1} s and was ended by the kernel.",
                event.at_ns.secs_f64()
            )),
            _ => None,
        });
    told.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::{Evidence, InstanceId, Offset};

    #[test]
    fn an_end_for_want_of_memory_belongs_to_the_fault_that_was_on_or_coming() {
        let event = |s, what| RunEvent {
            at_ns: Offset::from_secs_f64(s),
            what,
        };
        let oom = |service: &str| EventKind::ServiceOutOfMemory {
            service: service.into(),
            instance: InstanceId::new(service),
        };
        let fault = || "starved".to_owned();
        let events = [
            event(1.0, oom("early")),
            event(2.0, EventKind::FaultInjecting { fault: fault() }),
            event(2.5, oom("identity")),
            event(2.6, EventKind::FaultInjected { fault: fault() }),
            event(
                4.0,
                EventKind::FaultHealed {
                    fault: fault(),
                    evidence: Evidence::default(),
                    verified: true,
                },
            ),
            event(5.0, oom("late")),
        ];
        assert_eq!(
            out_of_memory(&events, "starved"),
            ["identity ran out of memory at 2.5 s and was ended by the kernel."]
        );
    }
}
