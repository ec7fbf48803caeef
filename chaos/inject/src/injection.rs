//! A fault that is on, until it is healed.
//!
//! Healing is idempotent, bounded in time and verified by observing the target, not by trusting the
//! call that did it. It must not know plans.

use std::sync::Arc;
use std::time::Instant;

use futures::future::{join_all, try_join_all};
use harness_model::{Evidence, Impairment, InstanceId};
use rustix::process::Signal;

use crate::cycle::RestartCycle;
use crate::effect::Effect;
use crate::error::{FaultError, failed};
use crate::healing::{repair, start_again};
use crate::process::Processes;
use crate::proxy::{EdgeProxy, Mark, Rule};

/// The outcome of healing.
#[derive(Debug, Clone, Copy)]
pub struct Healed {
    pub evidence: Evidence,
    /// The effect is known to be gone: every instance answers, or the edge passes traffic.
    pub verified: bool,
    /// When the effect was lifted. After a kill that is when the restart began, not when the
    /// instance was ready: becoming ready is part of the target's recovery.
    pub at: Instant,
}

/// A fault that is on. Dropping it lifts network rules and thaws processes, without evidence.
pub struct Injection {
    effect: Effect,
    watched: Vec<Arc<EdgeProxy>>,
    marks: Vec<Mark>,
    processes: Arc<dyn Processes>,
    cycles: Vec<RestartCycle>,
    healed: Option<Healed>,
}

impl Injection {
    /// Applies an effect; evidence is counted on the watched proxies. On an error it is lifted.
    pub async fn apply(
        effect: Effect,
        watched: Vec<Arc<EdgeProxy>>,
        processes: Arc<dyn Processes>,
    ) -> Result<Injection, FaultError> {
        let mut injection = Injection {
            marks: watched.iter().map(|proxy| proxy.mark()).collect(),
            effect,
            watched,
            processes,
            cycles: Vec::new(),
            healed: None,
        };
        if let Err(error) = injection.take_effect().await {
            // Healing undoes a partial effect; the error to report is the first one.
            let _ = injection.heal().await;
            return Err(error);
        }
        Ok(injection)
    }

    /// Acts on all instances at once, and waits for all, so that none is left in between.
    async fn take_effect(&mut self) -> Result<(), FaultError> {
        let processes = &self.processes;
        match &self.effect {
            Effect::Killed(instances) => {
                let kills = instances.iter().map(|instance| async move {
                    let killed = processes.end(instance, Signal::KILL).await;
                    killed.map_err(|why| failed("kill", instance, why))
                });
                join_all(kills).await.into_iter().collect()
            }
            Effect::Cycled(instances, period) => {
                let cycle = |instance: &InstanceId| {
                    let (processes, instance) = (processes.clone(), instance.clone());
                    match *period {
                        None => RestartCycle::once(processes, instance),
                        Some(period) => RestartCycle::repeated(processes, instance, period),
                    }
                };
                self.cycles = instances.iter().map(cycle).collect();
                Ok(())
            }
            Effect::Impaired(instances, what) => {
                let impairments = instances.iter().map(|(instance, who)| async move {
                    let impaired = processes.impair(instance, *who, *what).await;
                    impaired.map_err(|why| failed("impair", instance, why))
                });
                join_all(impairments).await.into_iter().collect()
            }
            Effect::Network(rule) => {
                for proxy in &self.watched {
                    proxy.set(*rule).await?;
                }
                Ok(())
            }
        }
    }

    /// Lifts the effect. Called again, it returns the first result; after an error it tries again.
    pub async fn heal(&mut self) -> Result<Healed, FaultError> {
        if let Some(healed) = self.healed {
            return Ok(healed);
        }
        let mut cycles = std::mem::take(&mut self.cycles);
        let stopped = join_all(cycles.iter_mut().map(RestartCycle::stop)).await;
        let (evidence, at) = (self.evidence(), Instant::now());
        let healed = Healed {
            verified: self.lift(stopped).await?,
            evidence,
            at,
        };
        self.healed = Some(healed);
        Ok(healed)
    }

    /// Whether the effect is known to be gone. `stopped` holds the outcome of each cycle.
    async fn lift(&self, stopped: Vec<Result<(), String>>) -> Result<bool, FaultError> {
        let processes = &self.processes;
        let verified = match &self.effect {
            Effect::Killed(instances) => self.start_all(instances).await?,
            Effect::Cycled(instances, _) => {
                let verified = self.start_all(instances).await?;
                for (instance, outcome) in instances.iter().zip(stopped) {
                    outcome.map_err(|why| failed("cycle", instance, why))?;
                }
                verified
            }
            Effect::Impaired(instances, what) => {
                let repairs = instances
                    .iter()
                    .map(|(instance, who)| repair(processes, instance, *who, *what));
                all_true(join_all(repairs).await)?
            }
            Effect::Network(_) => {
                for proxy in &self.watched {
                    proxy.set_now(Rule::Pass);
                }
                try_join_all(self.watched.iter().map(|proxy| proxy.clear())).await?;
                self.watched.iter().all(|proxy| proxy.is_clear())
            }
        };
        Ok(verified)
    }

    async fn start_all(&self, instances: &[InstanceId]) -> Result<bool, FaultError> {
        let starts = instances
            .iter()
            .map(|instance| start_again(&self.processes, instance));
        all_true(join_all(starts).await)
    }

    fn evidence(&self) -> Evidence {
        let mut total = Evidence::default();
        for (proxy, &mark) in self.watched.iter().zip(&self.marks) {
            let seen = proxy.evidence(mark, self.effect.symptom());
            total.eligible += seen.eligible;
            total.affected += seen.affected;
        }
        total
    }
}

fn all_true(outcomes: Vec<Result<bool, FaultError>>) -> Result<bool, FaultError> {
    let outcomes: Vec<bool> = outcomes.into_iter().collect::<Result<_, _>>()?;
    Ok(outcomes.into_iter().all(|outcome| outcome))
}

impl Drop for Injection {
    fn drop(&mut self) {
        if self.healed.is_some() {
            return;
        }
        match &self.effect {
            Effect::Impaired(instances, Impairment::Frozen) => {
                for (instance, who) in instances {
                    self.processes.thaw_now(instance, *who);
                }
            }
            // These need the runtime of the target, and a drop cannot wait for it.
            Effect::Killed(_)
            | Effect::Cycled(..)
            | Effect::Impaired(
                _,
                Impairment::CpuQuota { .. }
                | Impairment::MemoryLimit { .. }
                | Impairment::Disconnected,
            ) => {}
            Effect::Network(_) => self
                .watched
                .iter()
                .for_each(|proxy| proxy.set_now(Rule::Pass)),
        }
    }
}
