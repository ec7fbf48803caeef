//! From a scenario's text to a resolved plan.
//!
//! Strict: an unknown key, a wrong unit, a name that does not exist and an edge inside one process
//! are errors, and all errors of a file are returned at once with line and column. The crate is
//! pure: it reads no file and no clock; [`Sources`] supplies the other texts.
//!
//! - `syntax/`: TOML as a tree with places, strict sections, units, diagnostics
//! - `read/`: each part of a scenario, a workload and a target definition; `scenario` reads the
//!   whole, the parts never know it
//! - `schema/`: the form of a scenario file, and the JSON Schema made from it
//! - `defaults`: what a scenario leaves out, from `defaults.toml`
//! - `builtin`: the scenarios and workloads inside the binary

mod builtin;
mod defaults;
mod read;
mod schema;
mod syntax;

pub use builtin::{Builtin, builtin, builtin_workload, builtins};
pub use defaults::DEFAULTS;
pub use read::{Request, Sources, Stores, parse_definition, plan};
pub use schema::schema;
pub use syntax::{Diagnostic, Diagnostics};
