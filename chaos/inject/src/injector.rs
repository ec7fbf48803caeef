//! Turns a planned fault into an effect, and heals it.
//!
//! Healing is idempotent, bounded in time and verified by observing the target, not by trusting the
//! call that did it. It must not know when a fault is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::{Edge, Evidence, FaultKind, FaultPlan, FaultTarget, Impairment};
use rustix::process::Signal;
use tokio::time::timeout;

use crate::cycle::RestartCycle;
use crate::process::{self, Identity, Processes};
use crate::proxy::{EdgeProxy, Mark, ProxyError, Rule, Symptom};

/// A restart counts as verified only if the process is ready within this time.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// Timeout of one start.
const RESTART_LIMIT: Duration = Duration::from_secs(20);

/// Timeout of one readiness probe.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    #[error("find a proxy on edge {0}")]
    NoProxy(Edge),
    #[error("apply {kind} to {target}")]
    Mismatch { kind: &'static str, target: String },
    #[error("find a running process {0}")]
    NotRunning(String),
    #[error("{action} process {process}: {why}")]
    Process {
        action: &'static str,
        process: String,
        why: String,
    },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

/// Injects faults into the proxies and processes of a target.
pub struct Injector {
    proxies: Vec<Arc<EdgeProxy>>,
    processes: Arc<dyn Processes>,
}

impl Injector {
    pub fn new(proxies: Vec<EdgeProxy>, processes: Arc<dyn Processes>) -> Injector {
        Injector {
            proxies: proxies.into_iter().map(Arc::new).collect(),
            processes,
        }
    }

    /// Applies a fault. On an error its effect is gone.
    pub async fn inject(&self, plan: &FaultPlan) -> Result<Injection, FaultError> {
        let watched = self.watched(plan)?;
        let effect = self.effect(plan)?;
        let mut injection = Injection {
            marks: watched.iter().map(|proxy| proxy.mark()).collect(),
            watched,
            processes: self.processes.clone(),
            effect,
            cycle: None,
            healed: None,
        };
        if let Err(error) = injection.apply().await {
            // Healing undoes a partial effect; the error to report is the first one.
            let _ = injection.heal().await;
            return Err(error);
        }
        Ok(injection)
    }

    fn effect(&self, plan: &FaultPlan) -> Result<Effect, FaultError> {
        if let Some(rule) = Rule::of(&plan.kind) {
            return Ok(Effect::Network(rule));
        }
        let FaultTarget::Process { process, .. } = &plan.target else {
            return Err(mismatch(plan));
        };
        if plan.kind == FaultKind::Kill {
            return Ok(Effect::Killed(process.clone()));
        }
        let pid = self.processes.pid(process);
        let who = pid.and_then(Identity::of);
        let who = who.ok_or_else(|| FaultError::NotRunning(process.clone()))?;
        let process = process.clone();
        Ok(match &plan.kind {
            FaultKind::Restart => Effect::Cycled(process, None),
            FaultKind::CrashLoop { every_ns } => {
                Effect::Cycled(process, Some(Duration::from_nanos(*every_ns)))
            }
            kind => {
                let what = kind.impairment().ok_or_else(|| mismatch(plan))?;
                Effect::Impaired(process, who, what)
            }
        })
    }

    /// Network faults need a proxy on each of their edges; process faults use those that exist.
    fn watched(&self, plan: &FaultPlan) -> Result<Vec<Arc<EdgeProxy>>, FaultError> {
        let needed = Rule::of(&plan.kind).is_some();
        let mut watched = Vec::new();
        for edge in &plan.watched {
            match self.proxies.iter().find(|proxy| proxy.edge() == edge) {
                Some(proxy) => watched.push(proxy.clone()),
                None if needed => return Err(FaultError::NoProxy(edge.clone())),
                None => {}
            }
        }
        if needed && watched.is_empty() {
            return Err(mismatch(plan));
        }
        Ok(watched)
    }
}

#[derive(Debug, Clone)]
enum Effect {
    Killed(String),
    /// Ended and started again: once in good order, or killed every so often.
    Cycled(String, Option<Duration>),
    Impaired(String, Identity, Impairment),
    Network(Rule),
}

impl Effect {
    /// How callers of the target notice it.
    fn symptom(&self) -> Symptom {
        match self {
            Effect::Network(_) => Symptom::ProxyRule,
            Effect::Impaired(.., Impairment::CpuQuota { .. } | Impairment::MemoryLimit { .. }) => {
                Symptom::Slowness
            }
            Effect::Killed(_) | Effect::Cycled(..) | Effect::Impaired(..) => Symptom::Silence,
        }
    }
}

/// The outcome of healing.
#[derive(Debug, Clone, Copy)]
pub struct Healed {
    pub evidence: Evidence,
    /// The effect is known to be gone: the process answers, or the edge passes traffic.
    pub verified: bool,
    /// When the effect was lifted. After a kill that is when the restart began, not when the process
    /// was ready: becoming ready is part of the target's recovery.
    pub at: Instant,
}

/// A fault that is on. Dropping it lifts network rules and thaws processes, without evidence.
pub struct Injection {
    effect: Effect,
    watched: Vec<Arc<EdgeProxy>>,
    marks: Vec<Mark>,
    processes: Arc<dyn Processes>,
    cycle: Option<RestartCycle>,
    healed: Option<Healed>,
}

impl Injection {
    async fn apply(&mut self) -> Result<(), FaultError> {
        match &self.effect {
            Effect::Killed(process) => {
                let killed = self.processes.end(process, Signal::KILL).await;
                killed.map_err(|why| failed("kill", process, why))
            }
            Effect::Cycled(process, every) => {
                let (processes, name) = (self.processes.clone(), process.clone());
                self.cycle = Some(match *every {
                    None => RestartCycle::once(processes, name),
                    Some(every) => RestartCycle::repeated(processes, name, every),
                });
                Ok(())
            }
            Effect::Impaired(process, who, what) => {
                let impaired = self.processes.impair(process, *who, *what).await;
                impaired.map_err(|why| failed("impair", process, why))
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
        let cycled = match self.cycle.take() {
            Some(mut cycle) => cycle.stop().await,
            None => Ok(()),
        };
        let (evidence, at) = (self.evidence(), Instant::now());
        let verified = match &self.effect {
            Effect::Killed(process) => self.start_again(process).await?,
            Effect::Cycled(process, _) => {
                let runs = self.start_again(process).await?;
                cycled.map_err(|why| failed("cycle", process, why))?;
                runs
            }
            Effect::Impaired(process, who, what) => self.repair(process, *who, *what).await?,
            Effect::Network(_) => {
                for proxy in &self.watched {
                    proxy.set_now(Rule::Pass);
                }
                for proxy in &self.watched {
                    proxy.clear().await?;
                }
                self.watched.iter().all(|proxy| proxy.is_clear())
            }
        };
        let healed = Healed {
            evidence,
            verified,
            at,
        };
        self.healed = Some(healed);
        Ok(healed)
    }

    async fn repair(
        &self,
        process: &str,
        who: Identity,
        what: Impairment,
    ) -> Result<bool, FaultError> {
        let repaired = self.processes.repair(process, who, what).await;
        if what != Impairment::Frozen {
            repaired.map_err(|why| failed("repair", process, why))?;
            // The process may have died of the impairment.
            return self.start_again(process).await;
        }
        // A process that died while it was frozen cannot be thawed, and is not healthy.
        match (repaired, who.is_alive()) {
            (Ok(()), alive) => Ok(alive),
            (Err(why), true) => Err(failed("thaw", process, why)),
            (Err(_), false) => Ok(false),
        }
    }

    async fn start_again(&self, process: &str) -> Result<bool, FaultError> {
        let begun = Instant::now();
        loop {
            if self.processes.pid(process).is_none() {
                self.restart(process).await?;
            }
            // The pid may be that of a process whose exit was not noticed yet, so probe in a loop.
            let ready = self.processes.ready(process, PROBE_LIMIT);
            if timeout(PROBE_LIMIT, ready).await.unwrap_or(false) {
                return Ok(true);
            }
            if begun.elapsed() >= READY_LIMIT {
                return Ok(false);
            }
        }
    }

    async fn restart(&self, process: &str) -> Result<(), FaultError> {
        let (processes, name) = (self.processes.clone(), process.to_owned());
        // A task of its own, so that a start is completed even when it is no longer awaited.
        let restart = tokio::spawn(async move { processes.restart(&name).await });
        match timeout(RESTART_LIMIT, restart).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(why))) => Err(failed("restart", process, why)),
            Ok(Err(broken)) => Err(failed("restart", process, broken.to_string())),
            Err(_) => Err(failed("restart", process, "it took too long".into())),
        }
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

impl Drop for Injection {
    fn drop(&mut self) {
        if self.healed.is_some() {
            return;
        }
        match &self.effect {
            Effect::Impaired(_, who, Impairment::Frozen) if who.is_alive() => {
                let _ = process::thaw(who.pid);
            }
            Effect::Killed(_) | Effect::Cycled(..) | Effect::Impaired(..) => {}
            Effect::Network(_) => self
                .watched
                .iter()
                .for_each(|proxy| proxy.set_now(Rule::Pass)),
        }
    }
}

fn failed(action: &'static str, process: &str, why: String) -> FaultError {
    FaultError::Process {
        action,
        process: process.into(),
        why,
    }
}

fn mismatch(plan: &FaultPlan) -> FaultError {
    FaultError::Mismatch {
        kind: plan.kind.name(),
        target: plan.target.to_string(),
    }
}
