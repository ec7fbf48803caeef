//! The form of a scenario file and its JSON Schema. It must not know targets or workloads.
//!
//! - `form`: every key as a Rust type, with what it means
//! - `generate`: the schema of these types, with defaults and choices

#[expect(dead_code, reason = "only their shapes are used")]
mod form;
mod generate;

pub use generate::schema;
