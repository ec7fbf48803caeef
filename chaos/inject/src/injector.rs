//! Turns a planned fault into an effect, and takes the effect away.
//!
//! Healing is idempotent, bounded in time and verified by looking at the target, not by trusting
//! the call that did it. It must not know when a fault is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::fault::{self, Edge, Evidence, FaultPlan, FaultTarget, Impairment, Strikes};
use rustix::process::Signal;
use tokio::time::timeout;

use crate::cycle::Cycle;
use crate::process::{self, Identity, Processes};
use crate::proxy::{EdgeProxy, Mark, ProxyError, Rule, Symptom};

/// A restarted process must be ready within this time for its healing to count as verified.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// Starting a process again must not take longer than this.
const RESTART_LIMIT: Duration = Duration::from_secs(20);

/// So long is one look at whether it is ready.
const READY_LOOK: Duration = Duration::from_secs(1);

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

/// Everything that faults act on.
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

    /// Applies a fault. On an error nothing of it is left.
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
            // The first error is the one to tell; healing undoes what was half done.
            let _ = injection.heal().await;
            return Err(error);
        }
        Ok(injection)
    }

    fn effect(&self, plan: &FaultPlan) -> Result<Effect, FaultError> {
        let process = || match &plan.target {
            FaultTarget::Process { process, .. } => Ok(process.clone()),
            FaultTarget::Edge(_) => Err(mismatch(plan)),
        };
        Ok(match plan.kind.effect() {
            fault::Effect::Kill => Effect::Killed(process()?),
            fault::Effect::Restart => Effect::Cycled(self.running(process()?)?.0, None),
            fault::Effect::CrashLoop { every_ns } => {
                let every = Duration::from_nanos(every_ns);
                Effect::Cycled(self.running(process()?)?.0, Some(every))
            }
            fault::Effect::Impair(what) => {
                let (process, who) = self.running(process()?)?;
                Effect::Impaired(process, who, what)
            }
            fault::Effect::Traffic(rule) => Effect::Ruled(rule.into()),
        })
    }

    /// A process that can be acted upon, because it runs.
    fn running(&self, process: String) -> Result<(String, Identity), FaultError> {
        let pid = self.processes.pid(&process);
        match pid.and_then(Identity::of) {
            Some(who) => Ok((process, who)),
            None => Err(FaultError::NotRunning(process)),
        }
    }

    /// Network faults need a proxy on each of their edges; process faults take what there is.
    fn watched(&self, plan: &FaultPlan) -> Result<Vec<Arc<EdgeProxy>>, FaultError> {
        let needed = plan.kind.strikes() == Strikes::Edge;
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
    Ruled(Rule),
}

impl Effect {
    /// What those who call the target see of it.
    fn symptom(&self) -> Symptom {
        match self {
            Effect::Ruled(_) => Symptom::Ruled,
            Effect::Impaired(.., Impairment::CpuQuota { .. } | Impairment::MemoryLimit { .. }) => {
                Symptom::Slowness
            }
            Effect::Killed(_)
            | Effect::Cycled(..)
            | Effect::Impaired(.., Impairment::Frozen | Impairment::Disconnected) => {
                Symptom::Silence
            }
        }
    }
}

/// How a fault ended.
#[derive(Debug, Clone, Copy)]
pub struct Healed {
    pub evidence: Evidence,
    /// The effect was seen to be gone: the process runs and answers, or the edge passes traffic.
    pub verified: bool,
    /// When the effect was lifted. After a kill that is when the restart was ordered, not when the
    /// process was ready: becoming ready is part of the target's recovery.
    pub at: Instant,
}

/// A fault that is on. Dropping it lifts network rules and thaws at once, without evidence.
pub struct Injection {
    effect: Effect,
    watched: Vec<Arc<EdgeProxy>>,
    marks: Vec<Mark>,
    processes: Arc<dyn Processes>,
    cycle: Option<Cycle>,
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
                    None => Cycle::once(processes, name),
                    Some(every) => Cycle::over_and_over(processes, name, every),
                });
                Ok(())
            }
            Effect::Impaired(process, who, what) => {
                let impaired = self.processes.impair(process, *who, *what).await;
                impaired.map_err(|why| failed("impair", process, why))
            }
            Effect::Ruled(rule) => {
                for proxy in &self.watched {
                    proxy.set(*rule).await?;
                }
                Ok(())
            }
        }
    }

    /// Takes the effect away. Asked again, it gives the first answer; after an error it tries
    /// again.
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
            Effect::Ruled(_) => {
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
            // It may not have survived.
            return self.start_again(process).await;
        }
        // A process that died while it was frozen has nothing to thaw, and is not well.
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
            // Of an end nobody asked for we may hear later; then this waits for a corpse.
            let ready = self.processes.ready(process, READY_LOOK);
            if timeout(READY_LOOK, ready).await.unwrap_or(false) {
                return Ok(true);
            }
            if begun.elapsed() >= READY_LIMIT {
                return Ok(false);
            }
        }
    }

    async fn restart(&self, process: &str) -> Result<(), FaultError> {
        let (processes, name) = (self.processes.clone(), process.to_owned());
        // A task of its own: a start that is given up must not be left half done.
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
            Effect::Ruled(_) => self
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
