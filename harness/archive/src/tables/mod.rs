//! The tables of a run: how samples, spans, metric points and events become columns and back.
//!
//! - `table`: what a table is, and what its rows refer to by number
//! - `take`: the columns of a row group, each with the type it must have
//! - `samples`, `spans`, `points`, `events`: one table each
//!
//! Owns the names of the files and of the columns in their order, in this and in older formats. It
//! must not read or write files.

pub mod events;
mod points;
mod samples;
mod spans;
mod table;
mod take;

pub use table::{LOAD_START, Names, ORIGIN, Read, Table};
