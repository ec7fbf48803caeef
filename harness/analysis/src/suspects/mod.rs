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
//! - `compare`: all of these together; `score`: one number from all findings
//! - `unseen`: what they were found without
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
mod compare;
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

use harness_model::report::{Blind, Suspect};

use crate::run::windows::Windows;
use observations::Observations;

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
        suspects: score::rank(seen, &compare::compare(seen, &calls, &health)),
        blind_spots: unseen::unseen(seen, windows, &calls, &health),
    }
}
