//! Processes as faults see them: what the runtime of the target does for a fault.
//!
//! It must not know services or deployers.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use harness_model::{Impairment, InstanceId};
pub use harness_process::{Identity, Status, status};
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

/// A signal must have shown its effect within this time.
const VERIFY_LIMIT: Duration = Duration::from_secs(2);

/// Time to become ready where the runtime states none.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// How the runtime of the target impairs an instance. By itself, only freezing is possible.
#[async_trait]
pub trait Impairs {
    /// Lets a frozen instance continue, where nothing can be waited for.
    fn thaw_now(&self, _: &InstanceId, who: Identity) {
        // This fails only when it has ended.
        let _ = who.signal(Signal::CONT);
    }

    /// Impairs it; returns once the effect is verified.
    async fn impair(&self, _: &InstanceId, who: Identity, what: Impairment) -> Result<(), String> {
        match what {
            Impairment::Frozen => stop(who).await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => Err("only a container can be impaired like this".into()),
        }
    }

    /// Lifts an impairment, also from an instance that has died; returns once that is verified. For
    /// a frozen process that has died it is an error.
    async fn repair(&self, _: &InstanceId, who: Identity, what: Impairment) -> Result<(), String> {
        match what {
            Impairment::Frozen => resume(who).await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => Ok(()),
        }
    }
}

/// What the injector needs from the runtime of the target: the process of each instance. Errors are
/// text for a person.
#[async_trait]
pub trait Processes: Impairs + Send + Sync {
    /// The present pid of an instance; `None` while it is down.
    fn pid(&self, instance: &InstanceId) -> Option<u32>;

    /// Sends SIGKILL or SIGTERM and waits until the instance is gone; one that ignores SIGTERM is
    /// killed. The exit is expected and is not reported.
    async fn end(&self, instance: &InstanceId, by: Signal) -> Result<(), String>;

    /// Starts it again at the same address and returns its pid, without waiting for readiness.
    async fn restart(&self, instance: &InstanceId) -> Result<u32, String>;

    /// How long an instance may take to become ready after a start.
    fn ready_within(&self) -> Duration {
        READY_LIMIT
    }

    /// Waits until it is ready; false when the time is over.
    async fn ready(&self, instance: &InstanceId, within: Duration) -> bool;
}

/// Freezes by SIGSTOP.
pub async fn stop(who: Identity) -> Result<(), String> {
    freeze(who.pid).map_err(|error| error.to_string())?;
    match eventually(|| status(who.pid).is_some_and(Status::is_stopped)).await {
        true => Ok(()),
        false => Err("it did not stop".into()),
    }
}

/// Thaws by SIGCONT.
pub async fn resume(who: Identity) -> Result<(), String> {
    if who.is_alive() {
        thaw(who.pid).map_err(|error| error.to_string())?;
    }
    let runs = || who.is_alive() && status(who.pid).is_some_and(|status| !status.is_stopped());
    match eventually(runs).await {
        true => Ok(()),
        false => Err("it does not run again".into()),
    }
}

/// Polls a condition; false when it is not met within [`VERIFY_LIMIT`].
async fn eventually(condition: impl Fn() -> bool) -> bool {
    let poll = async {
        while !condition() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(VERIFY_LIMIT, poll).await.is_ok()
}

/// SIGSTOP: the process keeps its sockets and answers nothing.
pub fn freeze(pid: u32) -> io::Result<()> {
    signal(pid, Signal::STOP)
}

/// SIGCONT: the process continues, with the requests that were queued.
pub fn thaw(pid: u32) -> io::Result<()> {
    signal(pid, Signal::CONT)
}

fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let who = Identity::of(pid).ok_or(io::ErrorKind::NotFound)?;
    who.signal(signal)
}
