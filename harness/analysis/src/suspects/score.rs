//! One number from all findings.
//!
//! Each kind of finding gives a suspicion in 0..=1, and suspicions add up like independent alarms
//! (noisy-or; J. Pearl, *Probabilistic Reasoning in Intelligent Systems*, 1988, section 4.3.2):
//!
//! `raw = 1 - (1 - 0.75 e E)(1 - 0.75 t T)(1 - 0.6 A)(1 - 0.3 R)(1 - 0.3 Q)(1 - 0.15 z / (z + 8))`
//!
//! - `E` share of the additional failures that began here; `e = f / (f + 0.02)` with `f` the
//!   additional failures of all requests (a share): how much there is to explain.
//! - `T` share of the additional time on critical paths that was spent here; `t = d / (d + u / 4)`
//!   with `d` the additional time of a request and `u` its usual time.
//! - `A` share of the process's readings that no longer come; 1 when it stood still or was cut off.
//! - `R` 1 when its counters began again.
//! - `Q = q / (q + 0.05)` with `q` the share of the time that it waited for its CPU quota.
//! - `z` robust deviations by which it uses more than before. Use rises upstream of a fault too, so
//!   this only breaks ties.
//!
//! The best explains its part of the additional failures and time. What is left is scored anew for
//! all that have no part in the best (not the same callee): so a second fault at the same time is
//! not hidden by what the first one did to others, and never comes before it.
//!
//! The score is `raw` relative to that of the best. It must not know where findings come from.

use std::collections::BTreeMap;

use harness_model::Sym;
use harness_model::report::Suspect;

use super::candidate::Candidate;
use super::findings::{Finding, Findings};
use super::observations::Observations;

/// The most that are listed.
const MOST: usize = 5;
/// Less than this is noise: of 200 simulated clean runs, at most 4 reach it.
const FLOOR: f64 = 0.2;
/// A candidate this much less suspect than the first is not listed either.
const RELATIVE_FLOOR: f64 = 0.1;
/// Indications for each.
const INDICATIONS: usize = 5;

fn raw(findings: &Findings, finding: &Finding) -> f64 {
    let share = |part: f64, whole: f64| {
        if whole > 0.0 {
            (part / whole).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let errors =
        share(finding.errors, findings.errors) * share(findings.errors, findings.errors + 0.02);
    let enough = share(findings.time_ns, findings.time_ns + findings.usual_ns / 4.0);
    let time = share(finding.time_ns, findings.time_ns) * enough;
    let restarted = f64::from(u8::from(finding.restarted));
    let rise = finding.rise / (finding.rise + 8.0);
    let suspicions = [
        0.75 * errors,
        0.75 * time,
        0.6 * finding.absent,
        0.3 * restarted,
        0.3 * finding.throttled / (finding.throttled + 0.05),
        0.15 * rise,
    ];
    1.0 - suspicions.iter().map(|one| 1.0 - one).product::<f64>()
}

/// A second cause scores at most this share of the first.
const SECOND: f64 = 0.95;

/// The callee that a candidate is about.
fn callee(candidate: Candidate) -> Sym {
    match candidate {
        Candidate::Service(service) => service,
        Candidate::Edge(edge) => edge.callee,
    }
}

/// What is left to explain once the best candidate is known.
fn remainder(findings: &Findings, best: &Finding) -> Findings {
    Findings {
        against: BTreeMap::new(),
        usual_ns: findings.usual_ns,
        errors: (findings.errors - best.errors).max(0.0),
        time_ns: (findings.time_ns - best.time_ns).max(0.0),
    }
}

/// Ranked, and cut to what is worth a look; none is listed without an indication. Equal scores are
/// ordered by name.
pub fn rank(seen: &Observations<'_>, findings: &Findings) -> Vec<Suspect> {
    let candidates = || {
        findings.against.iter().filter(|(candidate, finding)| {
            **candidate != Candidate::Service(Sym::NONE) && !finding.why.is_empty()
        })
    };
    let by_raw = |a: &(&Candidate, &Finding), b: &(&Candidate, &Finding)| {
        raw(findings, a.1).total_cmp(&raw(findings, b.1))
    };
    let Some((first, best)) = candidates().max_by(by_raw) else {
        return Vec::new();
    };
    let (highest, left) = (raw(findings, best), remainder(findings, best));
    let score = |candidate: &Candidate, finding: &Finding| {
        let whole = raw(findings, finding);
        if callee(*candidate) == callee(*first) {
            return whole;
        }
        whole.max(raw(&left, finding).min(SECOND * highest))
    };
    let mut scored: Vec<Suspect> = candidates()
        .map(|(candidate, finding)| named(seen, *candidate, finding, score(candidate, finding)))
        .filter(|suspect| suspect.score >= FLOOR)
        .collect();
    scored.sort_by(|a, b| {
        let names = (&a.service, &a.edge).cmp(&(&b.service, &b.edge));
        b.score.total_cmp(&a.score).then(names)
    });
    let best = scored.first().map_or(1.0, |first| first.score);
    for suspect in &mut scored {
        suspect.score /= best;
    }
    scored.retain(|suspect| suspect.score >= RELATIVE_FLOOR);
    scored.truncate(MOST);
    scored
}

fn named(seen: &Observations<'_>, candidate: Candidate, finding: &Finding, score: f64) -> Suspect {
    let (service, edge) = match candidate {
        Candidate::Service(service) => (service, None),
        Candidate::Edge(edge) => {
            let (caller, callee) = (seen.name(edge.caller), seen.name(edge.callee));
            (edge.callee, Some(harness_model::Edge::new(caller, callee)))
        }
    };
    let mut why = finding.why.clone();
    why.truncate(INDICATIONS);
    Suspect {
        service: seen.name(service).to_owned(),
        part: finding.part.clone().filter(|_| edge.is_none()),
        edge,
        score,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_finding_is_no_suspicion_and_no_amount_of_them_is_more_than_certain() {
        let findings = Findings {
            usual_ns: 1.0,
            errors: 1.0,
            time_ns: 1e9,
            ..Findings::default()
        };
        assert_eq!(raw(&findings, &Finding::default()), 0.0);
        let all = Finding {
            errors: 1.0,
            time_ns: 1e9,
            absent: 1.0,
            restarted: true,
            throttled: 1.0,
            rise: 1e6,
            part: None,
            why: Vec::new(),
        };
        assert!((0.9..=1.0).contains(&raw(&findings, &all)));
        assert_eq!(raw(&Findings::default(), &Finding::default()), 0.0);
    }
}
