//! What happened because of a fault, in a few sentences. It must say nothing that the numbers of
//! the report do not.

use harness_model::FaultKind;
use harness_model::report::{Backlog, FaultReport, Harm, Noticed, Relapse};

use super::faults::{kind, target};
use crate::number;

/// The story names this many harmed operations; the report lists all.
const NAMED: usize = 2;

/// The median tells of slow answers only when it grew by at least this factor.
const GREW: f64 = 1.5;

/// A sentence each, never empty: what was done, memory that ran out, other faults felt with it, the
/// service level, who noticed, the backlog, requests that were never sent, then whom it harmed. A
/// fault that was not seen both on and off has one sentence.
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
    story.extend(shared(fault));
    story.extend(level(fault));
    story.extend(relapses(fault));
    story.extend(noticed(&fault.noticed));
    story.extend(fault.backlog.as_ref().and_then(backlog));
    story.extend((fault.starved > 0).then(|| {
        let requests = plural(fault.starved, "request", "requests");
        format!("{requests} due while it was on could not be sent: no user was free.")
    }));
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
    let Some(first_harm) = fault.first_harm_s else {
        return vec!["The service level never left its band.".to_owned()];
    };
    let recovery = fault.recovery_s.unwrap_or(0.0);
    let back = match fault.recovery_least_s {
        _ if fault.censored => format!("more than {recovery:.1} s"),
        Some(least) if least < recovery => format!("between {least:.1} s and {recovery:.1} s"),
        _ => format!("{recovery:.1} s"),
    };
    vec![
        format!(
            "The first visitor was harmed after {first_harm:.1} s; the service level lost the \
             equivalent of {:.1} s of full outage ({:.0} requests).",
            fault.dip_s, fault.lost
        ),
        format!("The service level was back {back} after the fault was lifted."),
    ]
}

/// Faults that were felt together. An earlier one has a sentence of its own.
fn shared(fault: &FaultReport) -> Option<String> {
    let later = fault
        .shared
        .iter()
        .filter(|name| fault.unsettled.as_ref() != Some(name));
    let names: Vec<&str> = later.map(String::as_str).collect();
    let (verb, each) = match names.len() {
        0 => return None,
        1 => ("was", "the two"),
        _ => ("were", "them all"),
    };
    let names = names.join(" and ");
    Some(format!(
        "{names} {verb} felt at the same time, so a part of what follows may be the effect of \
         {each} together."
    ))
}

fn relapses(fault: &FaultReport) -> Option<String> {
    let time = |one: &Relapse| format!("at {:.1} s for {:.1} s", one.at_s, one.for_s);
    let moments: Vec<String> = fault.relapses.iter().take(NAMED).map(time).collect();
    let more = match fault.relapses.len() {
        0 => return None,
        all if all > NAMED => format!(
            " and {} more",
            plural((all - NAMED) as u64, "time", "times")
        ),
        _ => String::new(),
    };
    let again = if fault.first_harm_s.is_some() {
        "again"
    } else {
        "later"
    };
    Some(format!(
        "It was out of its band {again} {}{more}.",
        moments.join(" and ")
    ))
}

fn noticed(noticed: &Noticed) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(breaker) = &noticed.breaker {
        let edge = breaker.edge.to_string().replace("->", "\u{2192}");
        let after = breaker.after_s;
        parts.push(format!(
            "a breaker held back calls of {edge} after {after:.1} s"
        ));
    }
    if let Some(health) = &noticed.health {
        let (service, after) = (&health.service, health.after_s);
        parts.push(format!(
            "{service} did not answer a scrape after {after:.1} s"
        ));
    }
    if let Some(budget) = &noticed.budget {
        parts.push(format!(
            "the {} failures that a budget allows {} were used up after {:.1} s",
            number::percent(budget.limit),
            budget.of,
            budget.after_s
        ));
    }
    let text = parts.join("; ");
    let first = text.chars().next()?;
    Some(format!(
        "{}{}.",
        first.to_uppercase(),
        &text[first.len_utf8()..]
    ))
}

/// `1 request`, `12 requests`
fn plural(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", number::count(count)),
    }
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
        slow_before,
        slow_during,
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
        (Some(before), Some(during)) if *during < before * GREW => format!(
            "{operation} was slower than usual in {:.0} % of its answers (before: {:.0} %).",
            slow_during * 100.0,
            slow_before * 100.0
        ),
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
            first_harm_s: None,
            noticed: Noticed::default(),
            recovery_s: Some(0.0),
            censored: false,
            relapses: Vec::new(),
            shared: Vec::new(),
            recovery_least_s: None,
            unsettled: None,
            dip_s: 2.71,
            lost: 569.0,
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
            first_harm_s: Some(0.98),
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
                slow_before: 0.05,
                slow_during: 0.4,
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
                "The first visitor was harmed after 1.0 s; the service level lost the equivalent \
                 of 2.7 s of full outage (569 requests).",
                "The service level was back more than 24.0 s after the fault was lifted.",
                "The backlog grew to 41 and was not seen back at its usual level of at most 2.",
                "pay was slower than usual in 40 % of its answers (before: 5 %).",
            ]
        );
    }
}
