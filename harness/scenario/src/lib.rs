//! From a scenario's text to a resolved plan.
//!
//! Strict: an unknown key, a wrong unit, a name that does not exist or an edge that lies inside one
//! process is a fault of the file, and all faults are told at once with line and column. This
//! crate is pure: it reads no file and no clock; [`Sources`] brings other texts in.

mod budgets;
mod builtin;
mod defaults;
mod definition;
mod diagnostics;
mod faultkind;
mod faultplan;
#[expect(dead_code, reason = "only their shapes are used")]
mod form;
mod holes;
mod load;
mod phases;
mod plan;
mod schema;
mod section;
mod target;
mod tree;
mod units;
mod workload;

pub use builtin::{Builtin, builtin, builtin_workload, builtins};
pub use defaults::DEFAULTS;
pub use definition::parse_definition;
pub use diagnostics::{Diagnostic, Diagnostics};
pub use plan::{Request, Sources, plan};
pub use schema::schema;
pub use target::Stores;
