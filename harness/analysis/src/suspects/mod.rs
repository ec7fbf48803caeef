//! Who is to blame for what happened between two moments, from traces and metrics alone.
//!
//! Owns the ranking. It knows when to look and never what was injected: kind, target and name of a
//! fault are in none of the types it takes. Only `truth` sees the truth, to score.
//!
//! - `observations`: the input; `candidate`: whom the ranking is about
//! - `peers`: whom a call went to
//! - `classifier`, `trace_reader`, `call_stats`: what each call, service and trace did
//! - `health`: what the metrics say of each process; `activity`: whether it stood still
//! - `findings`: the differences between the two times; `conditions`: those of the processes;
//!   `first_failures`: where requests began to fail;
//!   `attribution`: whether callee or path; `parts`: which part of a service
//! - `score`: one number from all findings; `unseen`: what they were found without
//!
//! The method follows what holds up in published comparisons (RCAEval, ASE 2024; PetShop): the
//! moment is known exactly, so differences against the time before are strong signs, and the call
//! graph explains the rest away. Everything upstream of a fault is slow and fails too; so a service
//! is blamed for its own time and its own failures only, never for those of its callees.

mod activity;
mod attribution;
mod call_stats;
mod candidate;
mod classifier;
mod conditions;
mod findings;
mod first_failures;
mod gather;
mod health;
pub mod observations;
mod parts;
pub mod peers;
mod score;
mod trace_reader;
pub mod truth;
mod unseen;

use std::collections::BTreeMap;

use harness_model::Sym;
use harness_model::report::{Blind, Suspect};

use call_stats::Calls;
use candidate::Candidate;
use findings::{Edges, Findings};
use health::Health;
use observations::Observations;

use crate::run::windows::Windows;

/// Who is suspected, and what that was found without.
#[derive(Debug, Default)]
pub struct Ranking {
    /// At most five, the likeliest first; none when nothing differs enough.
    pub suspects: Vec<Suspect>,
    pub blind_spots: Vec<Blind>,
}

/// The same data always gives the same ranking.
pub fn rank(seen: &Observations<'_>, windows: &Windows) -> Ranking {
    let health = health::health(seen, windows);
    let calls = gather::gather(seen, windows);
    Ranking {
        suspects: score::rank(seen, &findings(seen, &calls, &health)),
        blind_spots: unseen::unseen(seen, windows, &calls, &health),
    }
}

/// Everything that speaks against somebody.
fn findings(seen: &Observations<'_>, calls: &Calls, health: &BTreeMap<Sym, Health>) -> Findings {
    let edges = Edges::new(calls);
    let mut findings = findings::of_calls(seen, calls, &edges, health);
    first_failures::add(seen, calls, &edges, health, &mut findings);
    findings::own_work(calls, &mut findings);
    for (service, health) in health {
        let against = findings.against.entry(Candidate::Service(*service));
        conditions::add(health, against.or_default());
    }
    parts::add(seen, calls, &mut findings);
    findings
}
