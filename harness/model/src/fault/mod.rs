//! Faults as data: what breaks, where, when and for how long.
//!
//! `kind` is the catalogue: a kind's name, parameters, needs and effect. `plan` places a kind on a
//! target and on the timeline, and says which plans conflict. Nothing here injects anything; see
//! the `chaos` crates.

mod capability;
mod edge;
mod effect;
mod kind;
mod plan;

pub use capability::Capabilities;
pub use edge::Edge;
pub use effect::{Effect, Impairment, TrafficRule};
pub use kind::{FaultKind, Strikes};
pub use plan::{Evidence, FaultPlan, FaultTarget};
