//! The sentences that several reports share, so that they never disagree.
//!
//! Owns how the facts of a report are put into words. It must not know any file format.
//!
//! - `budgets`, `invariants`: what held and what did not, and why
//! - `doubts`: why a run cannot be judged; `reasons`: why it is not a pass; `summary`: the outcome
//! - `faults`, `story`, `suspects`: what a fault did, and who is suspected of it
//! - `host`: what others did on the machine
//! - `schedule`: how much of the planned load was sent
//! - `stretches`: times that were worse than the rest without a fault, and what nobody saw
//! - `scalability`: capacity, bottleneck and peak
//! - `run`: what ran; `services`: what services did and used

mod budgets;
mod doubts;
mod faults;
mod host;
mod invariants;
mod reasons;
mod run;
mod scalability;
mod schedule;
mod services;
mod story;
mod stretches;
mod summary;
mod suspects;
mod text;

pub use budgets::{
    budget_reason, budget_verdict, limit, measure, observation, observed, rule, tally, verdict,
    within, worst_first,
};
pub use doubts::load_doubts;
pub use faults::{evidence, harm, is_proven, kind, noticed, recovery, target, truth, window};
pub use host::host;
pub use invariants::{invariant_reason, invariant_verdict, invariants, relation, side};
pub use reasons::reasons;
pub use run::setting;
pub use scalability::{bottleneck_reason, capacity_budget, peak_reason};
pub use schedule::short as short_schedule;
pub use services::{CONTAINER, container, restarts};
pub use story::story;
pub use stretches::{blind_spots, no_suspect, stretch, when};
pub use summary::summary;
pub use suspects::{indications, span_name, suspect};
pub use text::clip;
