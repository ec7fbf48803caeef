//! A fault and what it did, in short.

use harness_model::report::{FaultReport, Harm};

use crate::number;

/// `failed or late 78.7 % (before 0 %)`, `median 362 ms (before 61.0 ms)`
pub fn harm(harm: &Harm) -> String {
    let mut parts = Vec::new();
    if harm.failed_during > harm.failed_before {
        parts.push(format!(
            "failed or late {} (before {})",
            number::percent(harm.failed_during),
            number::percent(harm.failed_before)
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
