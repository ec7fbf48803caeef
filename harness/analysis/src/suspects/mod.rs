//! Who is to blame for what happened between two moments, from traces and metrics alone.
//!
//! Owns the ranking. It knows when to look and never what was injected: kind, target and name of a
//! fault are in none of the types it takes. Only `truth` sees the truth, to score.
//!
//! - `observations`: the input; `candidate`: whom the ranking is about
//! - `classifier`, `trace_reader`, `call_stats`: what each call, service and trace did
//! - `health`: what the metrics say of each process
//! - `findings`: the differences between the two times, and `attribution`: whether callee or path
//! - `score`: one number from all findings
//!
//! The method follows what holds up in published comparisons (RCAEval, ASE 2024; PetShop): the
//! moment is known exactly, so differences against the time before are strong signs, and the call
//! graph explains the rest away. Everything upstream of a fault is slow and fails too; so a service
//! is blamed for its own time and its own failures only, never for those of its callees.

mod attribution;
mod call_stats;
mod candidate;
mod classifier;
mod findings;
mod gather;
mod health;
pub mod observations;
mod score;
mod trace_reader;
pub mod truth;

use harness_model::report::Suspect;

use crate::run::windows::Windows;
use observations::Observations;

/// At most five suspects, the likeliest first; none when nothing differs enough. The same data
/// always gives the same list.
pub fn rank(seen: &Observations<'_>, windows: &Windows) -> Vec<Suspect> {
    let health = health::health(seen, windows);
    let calls = gather::gather(seen, windows);
    score::rank(seen, &findings::findings(seen, &calls, &health))
}
