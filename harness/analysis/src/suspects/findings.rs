//! From counts to findings: what speaks against each service and call path.
//!
//! Owns the differences between the two periods, and which of them indicate something. It must not
//! know how findings are weighed.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::Sym;
use harness_model::report::{Comparison, Indication, Part};

use super::attribution::{Attribution, Symptom, attribute};
use super::call_stats::{Calls, EdgeStats};
use super::candidate::{Candidate, Edge};
use super::health::Health;
use super::observations::Observations;
use crate::stats::order::median;

/// A smaller share of additional calls without an answer is not an indication.
pub const MATERIAL_SHARE: f64 = 0.02;

/// With fewer calls that tell their callee's side, those of the baseline are compared with.
const ENOUGH_TOLD: u64 = 10;

/// What speaks against one service or call path.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// More requests than before that began to fail here, as a share of all requests.
    pub errors: f64,
    /// More time than before on the critical path, ns for each request.
    pub time_ns: f64,
    /// How surely it was not at work, 0..=1: the share of its readings that no longer come, or all
    /// of it where it stood still or was cut off.
    pub absent: f64,
    pub restarted: bool,
    /// Share of the time that it waited for its CPU quota.
    pub throttled: f64,
    /// Robust deviations by which it uses more than before.
    pub rise: f64,
    /// The part of a service that explains most of it.
    pub part: Option<Part>,
    pub why: Vec<Indication>,
}

/// All findings, and the totals that they are parts of.
#[derive(Debug, Default)]
pub struct Findings {
    pub against: BTreeMap<Candidate, Finding>,
    /// Mean length of a critical path in the baseline, ns.
    pub usual_ns: f64,
    /// The sums of all [`Finding::errors`] and [`Finding::time_ns`], each counted once.
    pub errors: f64,
    pub time_ns: f64,
}

fn per(sum: f64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { sum / n as f64 }
}

/// What the calls on each path indicate.
pub fn of_calls(
    seen: &Observations<'_>,
    calls: &Calls,
    edges: &Edges<'_>,
    health: &BTreeMap<Sym, Health>,
) -> Findings {
    let mut findings = Findings {
        usual_ns: per(calls.before.path_ns as f64, calls.before.requests),
        ..Findings::default()
    };
    for edge in edges.all.keys() {
        edges.compare(seen, *edge, health, &mut findings);
    }
    findings
}

/// Both periods of each call path, side by side.
pub struct Edges<'a> {
    pub all: BTreeMap<Edge, [&'a EdgeStats; 2]>,
    /// Edge -> calls during, and the share of them without an answer beyond that of before.
    pub unanswered: BTreeMap<Edge, (u64, f64)>,
    /// Edge -> answers during, and ns on the way beyond those of before.
    delay: BTreeMap<Edge, (u64, f64)>,
    requests: u64,
}

/// Share of calls that had no answer; those that were not even tried count half.
fn unanswered_share(stats: &EdgeStats) -> f64 {
    per(
        stats.unanswered as f64 + 0.5 * stats.held_back as f64,
        stats.calls,
    )
}

impl<'a> Edges<'a> {
    pub fn new(calls: &'a Calls) -> Edges<'a> {
        static NOTHING: EdgeStats = EdgeStats::NONE;
        let (before, during) = (&calls.before.edges, &calls.during.edges);
        let all: BTreeMap<Edge, [&EdgeStats; 2]> = during
            .iter()
            .map(|(edge, now)| (*edge, [before.get(edge).unwrap_or(&NOTHING), now]))
            .collect();
        let unanswered =
            |[old, now]: &[&EdgeStats; 2]| (unanswered_share(now) - unanswered_share(old)).max(0.0);
        let delay = |[old, now]: &[&EdgeStats; 2]| {
            now.travelled
                .above(now.answered, &old.travelled, old.answered)
        };
        Edges {
            unanswered: all
                .iter()
                .map(|(edge, both)| (*edge, (both[1].calls, unanswered(both))))
                .collect(),
            delay: all
                .iter()
                .map(|(edge, both)| (*edge, (both[1].answered, delay(both))))
                .collect(),
            all,
            requests: calls.during.requests,
        }
    }

    pub fn attribution(
        &self,
        edge: Edge,
        health: &BTreeMap<Sym, Health>,
        symptom: Symptom,
    ) -> Attribution {
        let losses = match symptom {
            Symptom::NoAnswer => &self.unanswered,
            Symptom::Delay => &self.delay,
        };
        attribute(edge, losses, health.get(&edge.callee), symptom)
    }

    /// Time lost on a call path, attributed to path and callee.
    fn compare(
        &self,
        seen: &Observations<'_>,
        edge: Edge,
        health: &BTreeMap<Sym, Health>,
        findings: &mut Findings,
    ) {
        let [old, now] = self.all[&edge];
        let waited = now.waited.above(now.calls, &old.waited, old.calls) * now.calls as f64;
        let (_, share) = self.unanswered[&edge];
        let mut why = Vec::new();
        if share > MATERIAL_SHARE {
            why.extend(unanswered(seen, edge, old, now));
        }
        let path = self.attribution(edge, health, Symptom::NoAnswer);
        self.divide(edge, path, waited, &why, findings);
        let (answered, delay) = self.delay[&edge];
        let why = slow_path(seen, edge, old, now);
        let travelled = delay * answered as f64;
        let path = self.attribution(edge, health, Symptom::Delay);
        self.divide(edge, path, travelled, why.as_slice(), findings);
        self.untold(seen, edge, findings);
    }

    /// Calls that lost their callee's span, and took longer than those that did not: nobody can
    /// say that the callee did not need that time. The path may have, too.
    fn untold(&self, seen: &Observations<'_>, edge: Edge, findings: &mut Findings) {
        let [old, now] = self.all[&edge];
        let (like, calls) = if now.took.terms() >= ENOUGH_TOLD {
            (&now.took, now.took.terms())
        } else {
            (&old.took, old.took.terms())
        };
        let longer = now.took_unseen.above(now.unseen, like, calls);
        let why = (longer > 1e6).then(|| Indication::Untold {
            edge: named(seen, edge),
            calls: now.unseen,
            ms: now.took_unseen.per(now.unseen) / 1e6,
            expected_ms: like.per(calls) / 1e6,
        });
        let share = Attribution {
            callee: 1.0,
            path: 0.5,
        };
        let lost = longer * now.unseen as f64;
        self.divide(edge, share, lost, why.as_slice(), findings);
    }

    fn divide(
        &self,
        edge: Edge,
        share: Attribution,
        lost_ns: f64,
        why: &[Indication],
        findings: &mut Findings,
    ) {
        let each = per(lost_ns, self.requests);
        findings.time_ns += each;
        for (candidate, part) in [
            (Candidate::Edge(edge), share.path),
            (Candidate::Service(edge.callee), share.callee),
        ] {
            let against = findings.against.entry(candidate).or_default();
            against.time_ns += each * part;
            against.why.extend(why.iter().cloned());
        }
    }
}

/// An edge by the names of its ends.
fn named(seen: &Observations<'_>, edge: Edge) -> harness_model::Edge {
    harness_model::Edge::new(seen.name(edge.caller), seen.name(edge.callee))
}

/// Calls without an answer, and calls that were not sent; each only where there were any.
fn unanswered(
    seen: &Observations<'_>,
    edge: Edge,
    old: &EdgeStats,
    now: &EdgeStats,
) -> Vec<Indication> {
    let comparison = |count: u64, baseline: u64| {
        (count > 0).then_some(Comparison {
            count: count as f64,
            of: now.calls,
            baseline_count: baseline as f64,
            baseline_of: old.calls,
        })
    };
    let unanswered = comparison(now.unanswered, old.unanswered);
    let held_back = comparison(now.held_back, old.held_back);
    let edge = named(seen, edge);
    let unanswered = unanswered.map(|calls| Indication::Unanswered {
        edge: edge.clone(),
        calls,
    });
    let held_back = held_back.map(|calls| Indication::HeldBack { edge, calls });
    unanswered.into_iter().chain(held_back).collect()
}

/// Only where the typical call got slower by half and by a millisecond.
fn slow_path(
    seen: &Observations<'_>,
    edge: Edge,
    old: &EdgeStats,
    now: &EdgeStats,
) -> Option<Indication> {
    let middle = |one: &EdgeStats| median(one.lags.iter().map(|ns| *ns as f64 / 1e6).collect());
    let (baseline_ms, ms) = (middle(old).unwrap_or(0.0), middle(now)?);
    (ms > baseline_ms * 1.5 && ms > baseline_ms + 1.0).then(|| Indication::SlowPath {
        edge: named(seen, edge),
        ms,
        baseline_ms,
    })
}

/// A service's own time, each request it served against each it served before.
pub fn own_work(calls: &Calls, findings: &mut Findings) {
    let Calls { before, during } = calls;
    let services: BTreeSet<Sym> = during.services.keys().copied().collect();
    for service in services {
        let now = during.services[&service];
        let old = before.services.get(&service).copied().unwrap_or_default();
        let (old_ns, now_ns) = (old.own.per(old.served), now.own.per(now.served.max(1)));
        let longer = now.own.above(now.served.max(1), &old.own, old.served);
        let each = per(longer * now.served.max(1) as f64, during.requests);
        findings.time_ns += each;
        let against = findings
            .against
            .entry(Candidate::Service(service))
            .or_default();
        against.time_ns += each;
        if longer > 0.5 * old_ns && longer > 1e6 {
            against.why.push(Indication::OwnTime {
                ms: now_ns / 1e6,
                baseline_ms: old_ns / 1e6,
            });
        }
    }
}
