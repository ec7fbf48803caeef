//! The timeline of faults: when each acts, and how it reads.
//!
//! Pure: nothing here touches a socket, a process or a clock, so a timeline can be shown before
//! anything starts. It must not know how a fault is injected. The name, the needs and the effect of
//! each kind are in `harness_model::fault`.
//!
//! - `schedule`: when each fault acts, and for which others it has to wait
//! - `describe`: a plan in a few words

mod describe;
#[cfg(test)]
mod example;
mod schedule;

pub use describe::describe;
pub use schedule::{Turn, schedule};
