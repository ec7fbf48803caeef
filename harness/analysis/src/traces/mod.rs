//! Traces as trees: who called whom, when, and which span the visitor was waiting for.
//!
//! - `node`: one span in its tree, and one tree
//! - `assemble`: from spans in any order to trees
//! - `clocks`: times corrected for clocks that are off
//! - `critical`: the critical path through a tree
//! - `forest`: all of that for a run
//! - `waterfall`: one trace as rows to draw
//!
//! It must not know faults, phases or what a service is suspected of.

mod assemble;
mod clocks;
mod critical;
pub mod forest;
pub mod node;
pub mod waterfall;

#[cfg(test)]
mod made_up;
