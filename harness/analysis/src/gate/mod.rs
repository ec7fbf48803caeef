//! What decides about a run: budgets, invariants, and reasons to doubt what was measured.
//!
//! - `scope`: what a budget is about
//! - `observed`: what was observed of the measure of a budget; `budgets`: held against its limit
//! - `invariants`: what must hold of the target's own counts
//! - `schedule`: whether the load was sent as planned; `validity`: reasons to doubt the run
//! - `happened`: reasons to doubt it that lie outside of the load and the faults
//! - `verdict`: one verdict from all of it
//!
//! Three verdicts, and absence is never success.

pub mod budgets;
pub mod happened;
pub mod invariants;
mod observed;
mod schedule;
pub mod scope;
pub mod validity;
pub mod verdict;
