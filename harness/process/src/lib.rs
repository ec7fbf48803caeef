//! The processes of this machine: who they are, who started whom, and signals to them.
//!
//! Reads `/proc` and sends signals, nothing else. What a service *is* may be more than the process
//! that was started for it: a wrapper, a prefork server or a daemon has others do the work. All of
//! them are found by descent, by process group, and by a mark in their environment.
//!
//! - `entry`: what the kernel says of one process
//! - `identity`: one process, told from a later one with the same id
//! - `table`: all processes at one moment, and whose descendants they are
//! - `mark`: the variable that names the instance to which a process belongs
//!
//! It must not know services, faults or what is measured.

mod entry;
mod identity;
mod mark;
mod table;

pub use entry::Entry;
pub use identity::{Identity, Status, status};
pub use mark::{MARK, mark};
pub use table::{Table, of_run};
