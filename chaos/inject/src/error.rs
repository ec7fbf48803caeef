//! Why a fault could not be injected or healed.

use harness_model::{Edge, FaultPlan, InstanceId};

use crate::proxy::ProxyError;

/// The messages complete "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// A network fault needs a proxy on each of its edges.
    #[error("find a proxy on edge {0}")]
    NoProxy(Edge),
    /// The kind strikes processes and the target is an edge, or the other way round.
    #[error("apply {kind} to {target}")]
    Mismatch { kind: &'static str, target: String },
    /// The topology has no such service or instance.
    #[error("find the service or instance {0}")]
    NoInstance(String),
    /// The instance must run for this fault.
    #[error("find a running process of {0}")]
    NotRunning(InstanceId),
    /// The runtime of the target could not do it.
    #[error("{action} {instance}: {why}")]
    Process {
        action: &'static str,
        instance: InstanceId,
        why: String,
    },
    /// The run was interrupted, and healing took too long after that.
    #[error("see the target well again before the run had to end")]
    Interrupted,
    /// A proxy could not follow its rule in time.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

/// `action` on the instance failed; `why` is the runtime's reason.
pub fn failed(action: &'static str, instance: &InstanceId, why: String) -> FaultError {
    FaultError::Process {
        action,
        instance: instance.clone(),
        why,
    }
}

/// The kind of this fault does not suit its target.
pub fn mismatch(plan: &FaultPlan) -> FaultError {
    FaultError::Mismatch {
        kind: plan.kind.name(),
        target: plan.target.to_string(),
    }
}
