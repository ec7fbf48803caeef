//! The shop as a program: its contexts, the shapes in which they run, their seeding, and what a
//! harness needs to start them.
//!
//! Everything here is derived from the shapes (`shapes/*.toml`) and from the constants of the
//! contexts; nothing is listed twice. It must not know the behaviour of any context.
//!
//! - `modules` lists the contexts; `shape` says which of them share a process; `world` adds seed
//!   and settings.
//! - `compose` composes a process on the database of `stores`; `serve` runs it, `seed` creates the
//!   seeded world; `command` is the command line.
//! - `definition` and `servers` make the target definition; `callgraph` lists who may call whom.

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
