//! From a scenario's text to a resolved plan.
//!
//! Strict: an unknown key, a wrong unit, a name that does not exist or an edge that lies inside one
//! process is a fault of the file, and all faults are told at once with line and column. This
//! crate is pure: it reads no file and no clock; [`Sources`] brings other texts in.

mod budgets;
mod builtin;
mod definition;
mod faultplan;
mod faults;
mod holes;
mod load;
mod phases;
mod plan;
mod section;
mod tree;
mod units;
mod workload;

pub use builtin::{Builtin, builtin, builtin_workload, builtins};
pub use definition::parse_definition;
pub use faults::{Fault, Faults};
pub use plan::{Request, Sources, plan};
