//! A fault and what it did, in short.

use harness_model::report::{FaultReport, Harm, Noticed};

use crate::number;

/// One in twenty is slow in any time, so a share near that is not told.
const WORTH_TELLING: f64 = 0.1;

/// `failed or late 78.7 % (before 0 %)`, `slower than usual 96.0 % (before 5.00 %)`,
/// `median 362 ms (before 61.0 ms)`
pub fn harm(harm: &Harm) -> String {
    let mut parts = Vec::new();
    if harm.failed_during > harm.failed_before {
        parts.push(format!(
            "failed or late {} (before {})",
            number::percent(harm.failed_during),
            number::percent(harm.failed_before)
        ));
    }
    if harm.slow_during > harm.slow_before.max(WORTH_TELLING) {
        parts.push(format!(
            "slower than usual {} (before {})",
            number::percent(harm.slow_during),
            number::percent(harm.slow_before)
        ));
    }
    if let (Some(before), Some(during)) = (harm.p50_before_ms, harm.p50_during_ms) {
        let (before, during) = (number::ms(before), number::ms(during));
        parts.push(format!("median {during} (before {before})"));
    }
    parts.join(", ")
}

/// `crash loop`
pub fn kind(fault: &FaultReport) -> String {
    fault.kind.name().replace('_', " ")
}

/// `payment`, `order → inventory`
pub fn target(fault: &FaultReport) -> String {
    fault.target.to_string().replace("->", "→")
}

/// When the fault acted, in seconds of the load: from injection (or plan) to healing.
pub fn window(fault: &FaultReport) -> (f64, Option<f64>) {
    (fault.injected_s.unwrap_or(fault.planned_s), fault.healed_s)
}

/// `2.40 s`; `> 24.0 s` where the run ended first, `≤ 10.0 s` where part of it may be the effect of
/// another fault, and nothing where the level never left its band.
pub fn recovery(fault: &FaultReport) -> String {
    if fault.first_harm_s.is_none() {
        return number::NONE.to_owned();
    }
    let is_at_most = |least: f64| !fault.censored && fault.recovery_s.is_some_and(|s| least < s);
    match fault.recovery_least_s {
        Some(least) if is_at_most(least) => {
            format!("≤ {}", number::optional(fault.recovery_s, number::seconds))
        }
        _ => number::bounded(fault.recovery_s, fault.censored),
    }
}

/// Who noticed the fault, when, and what was noticed: `("Breaker", 0.41, "order → payment")`.
pub fn noticed(fault: &FaultReport) -> Vec<(&'static str, f64, String)> {
    let Noticed {
        breaker,
        health,
        budget,
    } = &fault.noticed;
    let breaker = breaker.iter().map(|one| {
        let edge = one.edge.to_string().replace("->", "→");
        ("Breaker", one.after_s, edge)
    });
    let health = health
        .iter()
        .map(|one| ("Health check", one.after_s, one.service.clone()));
    let budget = budget.iter().map(|one| {
        let of = format!("{} of {}", number::percent(one.limit), one.of);
        ("Error budget spent", one.after_s, of)
    });
    breaker.chain(health).chain(budget).collect()
}

/// `412 of 415 eligible, verified`
pub fn evidence(fault: &FaultReport) -> String {
    let verified = if fault.evidence.verified {
        "healing verified"
    } else {
        "not verified"
    };
    format!(
        "{} of {} eligible touched, {verified}",
        number::count(fault.evidence.affected),
        number::count(fault.evidence.eligible)
    )
}

/// A fault proves nothing if it was not injected, touched nothing or was not seen to heal.
pub fn is_proven(fault: &FaultReport) -> bool {
    fault.injected_s.is_some() && fault.evidence.affected > 0 && fault.evidence.verified
}

/// How well the blind suspicion met the injected truth.
pub fn truth(fault: &FaultReport) -> String {
    match fault.truth_rank {
        Some(1) => "The first suspect is what was injected.".to_owned(),
        Some(rank) => format!("What was injected is suspect number {rank}."),
        None if fault.suspects.is_empty() => "Nothing can be scored.".to_owned(),
        None => "What was injected is not among the suspects.".to_owned(),
    }
}
