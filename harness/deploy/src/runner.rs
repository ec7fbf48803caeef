//! The seam between [`Deployment`](crate::Deployment) and processes or containers.
//!
//! Everything above it is the same for every runtime. It must not know readiness, topology or the
//! order in which a target comes up.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use harness_model::Impairment;
use rustix::process::Signal;

use crate::error::DeployError;
use crate::instance::Instance;

/// Impairs instances in one runtime.
#[async_trait]
pub trait Impairs {
    /// Freezes, limits or disconnects an instance; returns once it is in effect. `None` when this
    /// runtime cannot.
    async fn impair(
        &self,
        instance: &Instance,
        what: Impairment,
    ) -> Option<Result<(), DeployError>>;

    /// Undoes [`impair`](Self::impair), also for an instance that has ended since.
    async fn repair(
        &self,
        instance: &Instance,
        what: Impairment,
    ) -> Option<Result<(), DeployError>>;

    /// Lets a frozen instance continue, when there is no time for [`repair`](Self::repair).
    fn thaw_now(&self, _: &Instance) {}
}

/// Starts and stops instances in one runtime.
#[async_trait]
pub trait Runner: Impairs + Debug + Send + Sync {
    /// Starts an instance that is down, at its address, and watches for its end; its pid on this
    /// machine.
    async fn start(&self, instance: &Arc<Instance>) -> Result<u32, DeployError>;

    /// Sends SIGTERM or SIGKILL, without waiting for the end.
    async fn signal(&self, instance: &Instance, signal: Signal) -> Result<(), DeployError>;

    /// Waits until nothing of an instance is left that has got this signal; false when the time is
    /// over. An instance may be more than the process whose end is seen.
    async fn all_ended(&self, _: &Instance, _by: Signal, _within: Duration) -> bool {
        true
    }

    /// Ends everything, gracefully if possible; the names of what could not be ended.
    async fn down(&self, instances: &[Arc<Instance>]) -> Vec<String>;

    /// Kills everything at once, when there is no time for [`down`](Self::down).
    fn kill_all(&self, instances: &[Arc<Instance>]);
}
