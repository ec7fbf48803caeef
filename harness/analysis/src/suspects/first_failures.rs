//! Where requests began to fail, beyond what chance explains.
//!
//! A call that was held back, by an open circuit breaker for example, is a sign that earlier calls
//! had failed; it is put down to wherever those began. It must not know times.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::Sym;
use harness_model::report::{Comparison, Indication};

use super::attribution::Symptom;
use super::call_stats::{CallStats, Calls};
use super::candidate::{Candidate, Edge};
use super::findings::{Edges, Findings, MATERIAL_SHARE};
use super::health::Health;
use super::observations::Observations;
use crate::stats::CHANCE;
use crate::stats::proportions::pooled_deviation;

/// A call that was held back for reasons that nothing shows counts so much against its path.
const UNEXPLAINED: f64 = 0.5;

pub fn add(
    seen: &Observations<'_>,
    calls: &Calls,
    edges: &Edges<'_>,
    health: &BTreeMap<Sym, Health>,
    findings: &mut Findings,
) {
    let failed = |stats: &CallStats, candidate: &Candidate| {
        stats.first_failures.get(candidate).copied().unwrap_or(0.0)
    };
    let held_back = |stats: &CallStats, edge: &Edge| {
        let requests = stats.held_back.get(edge);
        requests.copied().unwrap_or(0.0)
    };
    let mut all: BTreeMap<Candidate, f64> = BTreeMap::new();
    for candidate in calls.during.first_failures.keys() {
        let more = excess(calls, |stats| failed(stats, candidate));
        all.insert(*candidate, more);
        if let Candidate::Service(service) = candidate
            && more > 0.0
        {
            let requests = Comparison {
                count: failed(&calls.during, candidate),
                of: calls.during.requests,
                baseline_count: failed(&calls.before, candidate),
                baseline_of: calls.before.requests,
            };
            let service = seen.name(*service).to_owned();
            let against = findings.against.entry(*candidate).or_default();
            against
                .why
                .push(Indication::FailedFirst { service, requests });
        }
    }
    let began = all.clone();
    for edge in calls.during.held_back.keys() {
        let more = excess(calls, |stats| held_back(stats, edge));
        explain(*edge, more, &began, edges, &mut all);
    }
    for (candidate, excess) in all {
        findings.errors += excess;
        for (candidate, part) in divided(candidate, edges, health) {
            findings.against.entry(candidate).or_default().errors += excess * part;
        }
    }
}

/// By how much the share of requests is above that of the baseline, less [`CHANCE`] standard
/// deviations of the difference.
fn excess(calls: &Calls, count: impl Fn(&CallStats) -> f64) -> f64 {
    let (before, during) = (&calls.before, &calls.during);
    let (old, now) = (count(before), count(during));
    let (n0, n1) = (before.requests.max(1) as f64, during.requests.max(1) as f64);
    let chance = pooled_deviation([old, now], [n0, n1]);
    (now / n1 - old / n0 - CHANCE * chance).max(0.0)
}

/// Divides calls that were held back among the failures that began on their path or below it.
fn explain(
    edge: Edge,
    more: f64,
    began: &BTreeMap<Candidate, f64>,
    edges: &Edges<'_>,
    all: &mut BTreeMap<Candidate, f64>,
) {
    let below = below(edge.callee, edges);
    let explains = |candidate: &Candidate| match candidate {
        Candidate::Service(service) => below.contains(service),
        Candidate::Edge(path) => *path == edge || below.contains(&path.caller),
    };
    let causes: Vec<(Candidate, f64)> = began
        .iter()
        .filter(|(candidate, excess)| **excess > 0.0 && explains(candidate))
        .map(|(candidate, excess)| (*candidate, *excess))
        .collect();
    let whole: f64 = causes.iter().map(|(_, excess)| excess).sum();
    for (candidate, excess) in &causes {
        *all.entry(*candidate).or_default() += more * excess / whole;
    }
    if causes.is_empty() {
        *all.entry(Candidate::Edge(edge)).or_default() += more * UNEXPLAINED;
    }
}

/// A service and all that it calls, directly or not.
fn below(service: Sym, edges: &Edges<'_>) -> BTreeSet<Sym> {
    let mut below = BTreeSet::from([service]);
    let mut open = vec![service];
    while let Some(caller) = open.pop() {
        let callees = edges.all.keys().filter(|edge| edge.caller == caller);
        open.extend(
            callees
                .map(|edge| edge.callee)
                .filter(|callee| below.insert(*callee)),
        );
    }
    below
}

/// Whom a failure that began at the candidate counts against.
fn divided(
    candidate: Candidate,
    edges: &Edges<'_>,
    health: &BTreeMap<Sym, Health>,
) -> Vec<(Candidate, f64)> {
    let Candidate::Edge(edge) = candidate else {
        return vec![(candidate, 1.0)];
    };
    let answered = edges
        .unanswered
        .get(&edge)
        .is_none_or(|(_, share)| *share < MATERIAL_SHARE);
    let symptom = if answered {
        Symptom::Delay
    } else {
        Symptom::NoAnswer
    };
    let share = edges.attribution(edge, health, symptom);
    vec![
        (candidate, share.path),
        (Candidate::Service(edge.callee), share.callee),
    ]
}
