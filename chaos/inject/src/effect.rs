//! What a fault does: to each of the instances it strikes, or to edges.
//!
//! It must not know how an effect is applied or healed.

use std::time::Duration;

use harness_model::{FaultKind, FaultPlan, Impairment, InstanceId};

use crate::error::{FaultError, mismatch};
use crate::process::{Identity, Processes};
use crate::proxy::{Rule, Symptom};

#[derive(Debug, Clone)]
pub enum Effect {
    Killed(Vec<InstanceId>),
    /// Ended and started again: once gracefully, or killed once per period.
    Cycled(Vec<InstanceId>, Option<Duration>),
    Impaired(Vec<(InstanceId, Identity)>, Impairment),
    Network(Rule),
}

impl Effect {
    /// The effect of a fault on the instances that it strikes.
    pub fn of(
        plan: &FaultPlan,
        struck: Vec<InstanceId>,
        processes: &dyn Processes,
    ) -> Result<Effect, FaultError> {
        if let Some(rule) = Rule::of(&plan.kind) {
            return Ok(Effect::Network(rule));
        }
        if struck.is_empty() {
            return Err(mismatch(plan));
        }
        if plan.kind == FaultKind::Kill {
            return Ok(Effect::Killed(struck));
        }
        let running = |id: InstanceId| match processes.pid(&id).and_then(Identity::of) {
            Some(who) => Ok((id, who)),
            None => Err(FaultError::NotRunning(id)),
        };
        let running: Vec<_> = struck.into_iter().map(running).collect::<Result<_, _>>()?;
        let ids = || running.iter().map(|(id, _)| id.clone()).collect();
        Ok(match &plan.kind {
            FaultKind::Restart => Effect::Cycled(ids(), None),
            FaultKind::CrashLoop { every_ns } => {
                Effect::Cycled(ids(), Some(Duration::from_nanos(*every_ns)))
            }
            kind => {
                let what = kind.impairment().ok_or_else(|| mismatch(plan))?;
                Effect::Impaired(running, what)
            }
        })
    }

    /// How callers of the target notice it.
    pub fn symptom(&self) -> Symptom {
        match self {
            Effect::Network(_) => Symptom::ProxyRule,
            Effect::Impaired(_, Impairment::CpuQuota { .. } | Impairment::MemoryLimit { .. }) => {
                Symptom::Slowness
            }
            Effect::Killed(_) | Effect::Cycled(..) | Effect::Impaired(..) => Symptom::Silence,
        }
    }
}
