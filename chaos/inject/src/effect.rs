//! What a fault does: to each of the instances it strikes, or to edges.
//!
//! It must not know how an effect is applied or healed.

use std::time::Duration;

use harness_model::{FaultPlan, Impairment, InstanceId, Strikes, fault};

use crate::error::{FaultError, mismatch};
use crate::process::{Identity, Processes};
use crate::proxy::{Rule, Symptom};

/// An effect with whom it strikes, found once: healing acts on the same instances.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Ended by SIGKILL, and started again when healed.
    Killed(Vec<InstanceId>),
    /// Ended and started again: once gracefully, or killed once per period.
    Cycled(Vec<InstanceId>, Option<Duration>),
    /// Impaired in the process that ran when the fault began.
    Impaired(Vec<(InstanceId, Identity)>, Impairment),
    /// A rule on the traffic of every watched proxy.
    Network(Rule),
}

impl Effect {
    /// The effect of a fault on the instances that it strikes.
    ///
    /// # Errors
    /// When it strikes no instance although it should, or an instance that must run does not.
    pub fn of(
        plan: &FaultPlan,
        struck: Vec<InstanceId>,
        processes: &dyn Processes,
    ) -> Result<Effect, FaultError> {
        if plan.kind.strikes() == Strikes::Process && struck.is_empty() {
            return Err(mismatch(plan));
        }
        let running = |struck: Vec<InstanceId>| -> Result<Vec<_>, FaultError> {
            let identity = |id: InstanceId| match processes.pid(&id).and_then(Identity::of) {
                Some(who) => Ok((id, who)),
                None => Err(FaultError::NotRunning(id)),
            };
            struck.into_iter().map(identity).collect()
        };
        let ids = |running: Vec<_>| running.into_iter().map(|(id, _)| id).collect();
        Ok(match plan.kind.effect() {
            fault::Effect::Kill => Effect::Killed(struck),
            fault::Effect::Restart => Effect::Cycled(ids(running(struck)?), None),
            fault::Effect::CrashLoop { every_ns } => {
                let every = Duration::from_nanos(every_ns);
                Effect::Cycled(ids(running(struck)?), Some(every))
            }
            fault::Effect::Impair(what) => Effect::Impaired(running(struck)?, what),
            fault::Effect::Traffic(rule) => Effect::Network(rule.into()),
        })
    }

    /// How callers of the target notice it.
    pub fn symptom(&self) -> Symptom {
        match self {
            Effect::Network(_) => Symptom::ProxyRule,
            Effect::Impaired(_, Impairment::CpuQuota { .. } | Impairment::MemoryLimit { .. }) => {
                Symptom::Slowness
            }
            Effect::Killed(_)
            | Effect::Cycled(..)
            | Effect::Impaired(_, Impairment::Frozen | Impairment::Disconnected) => {
                Symptom::Silence
            }
        }
    }
}
