//! The shop as a program: which contexts there are, in which shape they run, how they are seeded,
//! and what a harness needs to know to start them.
//!
//! Everything here is derived from the shapes (`shapes/*.toml`) and from the constants of the
//! contexts; nothing is listed twice. This crate knows every context by name and none by behaviour.
//!
//! - `modules` lists the contexts; `shape` says which of them share a process; `world` adds seed
//!   and settings.
//! - `compose` puts a process together on the database of `stores`; `serve` runs it, `seed` makes
//!   the seeded world; `command` is the command line.
//! - `definition` and `servers` say what a harness must know; `callgraph` says who may call whom.

mod callgraph;
mod command;
mod compose;
mod definition;
mod error;
mod modules;
mod seed;
mod serve;
mod servers;
mod shape;
mod stores;
mod world;

pub use callgraph::callgraph;
pub use command::{ShopCommand, run};
pub use compose::{Process, Running};
pub use definition::definition;
pub use error::ShopError;
pub use modules::MODULES;
pub use seed::seed;
pub use servers::Stores;
pub use shape::{Shape, ShapeProcess, shapes};
pub use world::World;
