//! Load: who comes when, what they do, and what they saw.
//!
//! Arrivals and sessions are pure and drawn from the seed. A worker process runs one Goose attack
//! whose pooled users take due sessions, and hands every request over as one sample. This crate
//! must not know the target beyond its workload, nor what is done with the samples.

mod arrivals;
mod attack;
mod books;
mod classify;
mod order;
mod parent;
mod scheduler;
mod session;
mod template;
mod visitor;
mod wire;
mod worker;

pub use arrivals::arrivals;
pub use order::{LoadError, WorkerOrder};
pub use parent::{SampleBatch, Worker};
pub use session::{Session, Sessions};
pub use worker::worker_main;
