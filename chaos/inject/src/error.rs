//! Why a fault could not be injected or healed.

use harness_model::{Edge, FaultPlan, InstanceId};

use crate::proxy::ProxyError;

#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    #[error("find a proxy on edge {0}")]
    NoProxy(Edge),
    #[error("apply {kind} to {target}")]
    Mismatch { kind: &'static str, target: String },
    #[error("find the service or instance {0}")]
    NoInstance(String),
    #[error("find a running process of {0}")]
    NotRunning(InstanceId),
    #[error("{action} {instance}: {why}")]
    Process {
        action: &'static str,
        instance: InstanceId,
        why: String,
    },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

pub fn failed(action: &'static str, instance: &InstanceId, why: String) -> FaultError {
    FaultError::Process {
        action,
        instance: instance.clone(),
        why,
    }
}

pub fn mismatch(plan: &FaultPlan) -> FaultError {
    FaultError::Mismatch {
        kind: plan.kind.name(),
        target: plan.target.to_string(),
    }
}
