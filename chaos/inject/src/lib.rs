//! Injection: makes faults happen and takes them away again.
//!
//! Network faults are rules of an [`EdgeProxy`]; process faults are signals and restarts through
//! [`Processes`]. An [`Injector`] turns a planned fault into an [`Injection`] that heals once, in
//! bounded time, and says whether the healing was verified. A [`Guardian`] undoes everything when
//! the harness itself dies. It must not know scenarios, deployers or loads.

mod cycle;
pub mod guardian;
pub mod injector;
pub mod process;
pub mod proxy;

pub use guardian::{CleanUpRun, Guardian, GuardianError, Recovered, guardian_main, recover};
pub use injector::{FaultError, Healed, Injection, Injector};
pub use process::Processes;
pub use proxy::{EdgeProxy, Mark, ProxyError, Rule, Symptom};
