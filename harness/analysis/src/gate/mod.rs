//! What decides about a run: budgets, invariants, and reasons to doubt what was measured.
//!
//! - `observed`: what was observed of the measure of a budget; `budgets`: held against its limit
//! - `invariants`: what must hold of the target's own counts
//! - `validity`: reasons to doubt the run
//! - `verdict`: one verdict from all of it
//!
//! Three verdicts, and absence is never success.

pub mod budgets;
pub mod invariants;
mod observed;
pub mod validity;
pub mod verdict;
