//! Load: when sessions are due, what visitors do in them, and what they saw.
//!
//! - Drawn from the seed alone: `arrivals` (when) and `session` (what).
//! - The engine, in tokio's time: `scheduler` hands sessions out when they are due, `engine` has
//!   pooled users run them, `visitor` fills in and sends each step, `operation` is its
//!   compiled request, `counters` balance what was due against what became of it.
//! - The network: `sender` is the seam, `attack` is Goose behind it, `classify` names failures.
//! - The process: `worker` is the child, `parent` its handle in the harness, `order` and `wire`
//!   what they exchange.
//!
//! A worker process runs one Goose attack and hands every request over as one sample. This crate
//! must not know the target beyond its workload, nor what is done with the samples.

mod arrivals;
mod attack;
mod classify;
mod counters;
mod engine;
mod operation;
mod order;
mod parent;
mod scheduler;
mod sender;
mod session;
mod visitor;
mod wire;
mod worker;

#[cfg(test)]
mod tests;

pub use arrivals::arrivals;
pub use order::{LoadError, WorkerOrder};
pub use parent::{SampleBatch, Worker};
pub use session::{Session, Sessions};
pub use worker::worker_main;
