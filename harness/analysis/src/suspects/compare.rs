//! All that speaks against each candidate, collected in the order in which it builds up.
//!
//! It must not know how findings are weighed.

use std::collections::BTreeMap;

use harness_model::Sym;

use super::call_stats::Calls;
use super::candidate::Candidate;
use super::findings::{Edges, Findings, own_work, per};
use super::health::Health;
use super::observations::Observations;
use super::{conditions, first_failures, parts};

/// The differences between the two periods, by candidate.
pub fn compare(seen: &Observations<'_>, calls: &Calls, health: &BTreeMap<Sym, Health>) -> Findings {
    let mut findings = Findings {
        usual_ns: per(calls.before.path_ns as f64, calls.before.requests),
        ..Findings::default()
    };
    let edges = Edges::new(calls);
    for edge in edges.all.keys() {
        edges.compare(seen, *edge, health, &mut findings);
    }
    first_failures::add(seen, calls, &edges, health, &mut findings);
    own_work(calls, &mut findings);
    for (service, health) in health {
        let against = findings.against.entry(Candidate::Service(*service));
        conditions::add(health, against.or_default());
    }
    parts::add(seen, calls, &mut findings);
    findings
}
