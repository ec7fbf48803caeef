//! What a runtime does to one service; everything above it is the same for every runtime.
//!
//! The seam between [`Deployment`](crate::Deployment) and processes or containers. It must not know
//! readiness, topology or the order in which a target comes up.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use harness_model::Impairment;
use rustix::process::Signal;

use crate::error::DeployError;
use crate::service::Service;

/// Starts, stops and breaks services in one way.
#[async_trait]
pub trait Runner: Debug + Send + Sync {
    /// Starts a service that is not running, at its address, and has its end watched; its pid on
    /// this machine.
    async fn start(&self, service: &Arc<Service>) -> Result<u32, DeployError>;

    /// SIGTERM or SIGKILL, without waiting for the end.
    async fn signal(&self, service: &Service, signal: Signal) -> Result<(), DeployError>;

    /// Freezes a service, limits it or cuts it off; returns when that is so. `None` where this
    /// runtime has no way of its own.
    async fn impair(&self, service: &Service, what: Impairment) -> Option<Result<(), DeployError>>;

    /// Undoes [`impair`](Self::impair), also of a service that has ended since.
    async fn repair(&self, service: &Service, what: Impairment) -> Option<Result<(), DeployError>>;

    /// Ends everything, in good order where that can be had; the names of what is still there.
    async fn down(&self, services: &[Arc<Service>]) -> Vec<String>;

    /// Ends everything at once, when there is no time for [`down`](Self::down).
    fn abandon(&self, services: &[Arc<Service>]);
}
