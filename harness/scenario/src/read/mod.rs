//! The parts of a scenario, each read from its section into its part of the plan.
//!
//! - `scenario`: the whole file; `request`: what it is read from
//! - `target`: `[target]`, with `stores`, `settings` and the target's `definition`
//! - `load`: `[load]`, with `arrivals` and `calls`
//! - `workload`: the file of `load.workload`, with `operation`, `placeholders`, `draw`, `journey`
//!   and `mix`
//! - `timeline`: `fault` (`[[fault]]`, with `fault_kind` and `victim`), the `phases` that faults
//!   cut, and `budget` (`[[budget]]`)
//! - `judgement`: `[judgement]`; `fixed`: what no scenario can change

mod arrivals;
mod budget;
mod calls;
mod definition;
mod draw;
mod fault;
mod fault_kind;
mod fixed;
mod journey;
mod judgement;
mod load;
mod mix;
mod operation;
mod phases;
mod placeholders;
mod request;
mod scenario;
mod settings;
mod stores;
mod target;
mod timeline;
mod victim;
mod workload;

pub use definition::parse_definition;
pub use request::{Request, Sources};
pub use scenario::plan;
pub use stores::Stores;
