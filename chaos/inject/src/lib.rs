//! Injection: makes faults happen and takes them away again.
//!
//! Network faults are rules of an [`EdgeProxy`]; process faults are signals and restarts through
//! [`Processes`], one for each instance of a service that the fault strikes. An [`Injector`] turns
//! a planned fault into an [`Injection`] that heals once, in bounded time, and says whether the
//! healing was verified. A [`Guardian`] undoes everything when the harness itself dies. It must not
//! know scenarios, deployers or loads.
//!
//! A tour of the files: `process` identifies and signals processes; `proxy/` holds the edge proxy
//! (`listener`, `connection`, `pump` and `delay_line` carry bytes under a `rule`, `counters` and
//! `durations` count evidence); `effect` says what a fault does, `injector` chooses whom it
//! strikes, `injection` applies and heals it with the help of `cycle` and `healing`; `guardian/` is
//! the second process and its journal.

mod cycle;
mod effect;
mod error;
pub mod guardian;
mod healing;
mod injection;
mod injector;
pub mod process;
pub mod proxy;

pub use error::FaultError;
pub use guardian::{
    CleanUpRun, Guardian, GuardianError, KilledProcess, Recovered, guardian_main, recover,
};
pub use injection::{Healed, Injection};
pub use injector::Injector;
pub use process::{Impairs, Processes};
pub use proxy::{EdgeProxy, Mark, ProxyError, Rule, Symptom};
