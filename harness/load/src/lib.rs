//! Load: when sessions are due, what visitors do in them, and what they saw.
//!
//! - Drawn from the seed alone: `arrivals` (when), `session` (what) and `shuffle` (in which order).
//! - The engine, in tokio's time: `scheduler` hands sessions out when they are due, `due_queue`
//!   holds them until a user is free, `engine` has pooled users run them, `visitor` fills in and
//!   sends each step, `operation` is its compiled request, `expected` how long it should take,
//!   `counters` balance what was due against what became of it.
//! - The network: `sender` is the seam, `attack` is Goose behind it, `classify` names failures.
//! - The process: `worker` is the child, `parent` its handle in the harness, `order` and `wire`
//!   what they exchange, `limits` what it may hold open.
//!
//! A worker process runs one Goose attack and hands every request over as one sample. This crate
//! must not know the target beyond its workload, nor what is done with the samples.

mod arrivals;
mod attack;
mod classify;
mod counters;
mod due_queue;
mod engine;
mod expected;
mod limits;
mod operation;
mod order;
mod parent;
mod scheduler;
mod sender;
mod session;
mod shuffle;
mod visitor;
mod wire;
mod worker;

#[cfg(test)]
mod tests;

pub use arrivals::arrivals;
pub use limits::raise_open_files;
pub use order::{LoadError, WorkerOrder};
pub use parent::{SampleBatch, Worker, WorkerNews};
pub use session::{Session, Sessions};
pub use worker::worker_main;
