//! Which part of a service explains most of what speaks against it.
//!
//! A monolith is one candidate; its spans still say which module got slow, or failed first. It must
//! not know how a service is suspected as a whole.

use std::collections::BTreeMap;

use harness_model::Sym;
use harness_model::report;

use super::call_stats::{Calls, Part, PartStats};
use super::candidate::Candidate;
use super::findings::Findings;
use super::observations::Observations;
use crate::stats::CHANCE;
use crate::stats::proportions::pooled_deviation;

/// A part is named when it explains at least this share of the excess of its service.
const MOST: f64 = 0.5;

/// Names the part of each service that explains at least half of the time or of the failures that
/// the service has in excess of the baseline, if it has more than one.
pub fn add(seen: &Observations<'_>, calls: &Calls, findings: &mut Findings) {
    let mut services: BTreeMap<Sym, Vec<(Part, f64, f64)>> = BTreeMap::new();
    for (part, now) in &calls.during.parts {
        let old = calls.before.parts.get(part).copied().unwrap_or_default();
        let (time, failures) = excess(calls, &old, now);
        let of = services.entry(part.service).or_default();
        of.push((*part, time, failures));
    }
    for (service, parts) in services {
        let Some(finding) = findings.against.get_mut(&Candidate::Service(service)) else {
            continue;
        };
        if parts.len() > 1 {
            finding.part = most(&parts).map(|part| report::Part {
                unit: seen.name(part.unit).to_owned(),
                operation: (!part.operation.is_none())
                    .then(|| seen.name(part.operation).to_owned()),
            });
        }
    }
}

/// More time, ns for each request, and more failures, as a share of all requests, than before.
fn excess(calls: &Calls, old: &PartStats, now: &PartStats) -> (f64, f64) {
    let (before, during) = (&calls.before, &calls.during);
    let time = now.own.above(during.requests, &old.own, before.requests);
    let (n0, n1) = (before.requests.max(1) as f64, during.requests.max(1) as f64);
    let chance = pooled_deviation([old.failures, now.failures], [n0, n1]);
    let failures = now.failures / n1 - old.failures / n0 - CHANCE * chance;
    (time, failures.max(0.0))
}

/// The part with most of the time and of the failures, each as a share of the service's.
fn most(parts: &[(Part, f64, f64)]) -> Option<Part> {
    let whole = |of: fn(&(Part, f64, f64)) -> f64| parts.iter().map(of).sum::<f64>();
    let (time, failures) = (whole(|part| part.1), whole(|part| part.2));
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let weighed = parts.iter().map(|(part, its_time, its_failures)| {
        let share = share(*its_time, time).max(share(*its_failures, failures));
        (share, *part)
    });
    let best = weighed.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    (best.0 >= MOST).then_some(best.1)
}
