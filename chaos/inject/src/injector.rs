//! Turns a planned fault into an effect, and takes the effect away.
//!
//! Healing is idempotent, bounded in time and verified by looking at the target, not by trusting
//! the call that did it. It must not know when a fault is due.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::{Edge, Evidence, FaultKind, FaultPlan, FaultTarget};
use tokio::time::{sleep, timeout};

use crate::process::{self, Identity, Processes};
use crate::proxy::{EdgeProxy, Mark, ProxyError, Rule};

/// A restarted process must be ready within this time for its healing to count as verified.
const READY_LIMIT: Duration = Duration::from_secs(10);

/// An effect must be seen to be gone within this time.
const VERIFY_LIMIT: Duration = Duration::from_secs(2);

/// Starting a process again must not take longer than this.
const RESTART_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    #[error("find a proxy on edge {0}")]
    NoProxy(Edge),
    #[error("apply {kind} to {target}")]
    Mismatch { kind: &'static str, target: String },
    #[error("find a running process {0}")]
    NotRunning(String),
    #[error("signal process {process}: {source}")]
    Signal { process: String, source: io::Error },
    #[error("see process {0} stop")]
    NotFrozen(String),
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
        let effect = match (&plan.kind, &plan.target) {
            (FaultKind::Kill, FaultTarget::Process { process, .. }) => {
                Effect::Killed(process.clone())
            }
            (FaultKind::Freeze, FaultTarget::Process { process, .. }) => {
                let pid = self.processes.pid(process);
                let frozen = pid.and_then(Identity::of);
                let frozen = frozen.ok_or_else(|| FaultError::NotRunning(process.clone()))?;
                Effect::Frozen(process.clone(), frozen)
            }
            (kind, target) => {
                Effect::Ruled(Rule::of(kind).ok_or_else(|| FaultError::Mismatch {
                    kind: kind.name(),
                    target: target.to_string(),
                })?)
            }
        };
        let mut injection = Injection {
            marks: watched.iter().map(|proxy| proxy.mark()).collect(),
            watched,
            processes: self.processes.clone(),
            effect,
            healed: None,
        };
        if let Err(error) = injection.apply().await {
            // The first error is the one to tell; healing undoes what was half done.
            let _ = injection.heal().await;
            return Err(error);
        }
        Ok(injection)
    }

    /// Network faults need a proxy on each of their edges; process faults take what there is.
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
            return Err(FaultError::Mismatch {
                kind: plan.kind.name(),
                target: plan.target.to_string(),
            });
        }
        Ok(watched)
    }
}

#[derive(Debug, Clone)]
enum Effect {
    Killed(String),
    Frozen(String, Identity),
    Ruled(Rule),
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
    healed: Option<Healed>,
}

impl Injection {
    async fn apply(&self) -> Result<(), FaultError> {
        match &self.effect {
            Effect::Killed(process) => {
                let killed = self.processes.kill(process).await;
                killed.map_err(|why| failed("kill", process, why))
            }
            Effect::Frozen(process, frozen) => {
                signalled(process, process::freeze(frozen.pid))?;
                let stopped = || process::status(frozen.pid).is_some_and(|s| s.is_stopped());
                match eventually(stopped).await {
                    true => Ok(()),
                    false => Err(FaultError::NotFrozen(process.clone())),
                }
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
        let (evidence, at) = (self.evidence(), Instant::now());
        let verified = match &self.effect {
            Effect::Killed(process) => self.start_again(process).await?,
            Effect::Frozen(process, frozen) => {
                // A process that died while it was frozen has nothing to thaw, and is not well.
                if frozen.is_alive() {
                    signalled(process, process::thaw(frozen.pid))?;
                }
                let runs = || {
                    frozen.is_alive()
                        && process::status(frozen.pid).is_some_and(|s| !s.is_stopped())
                };
                eventually(runs).await
            }
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

    async fn start_again(&self, process: &str) -> Result<bool, FaultError> {
        if self.processes.pid(process).is_none() {
            let restart = self.processes.restart(process);
            match timeout(RESTART_LIMIT, restart).await {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => return Err(failed("restart", process, why)),
                Err(_) => return Err(failed("restart", process, "it took too long".into())),
            }
        }
        let ready = self.processes.ready(process, READY_LIMIT);
        Ok(timeout(READY_LIMIT, ready).await.unwrap_or(false))
    }

    fn evidence(&self) -> Evidence {
        let mut total = Evidence::default();
        for (proxy, &mark) in self.watched.iter().zip(&self.marks) {
            let seen = match self.effect {
                Effect::Ruled(_) => proxy.evidence(mark),
                Effect::Killed(_) | Effect::Frozen(..) => proxy.evidence_of_callee(mark),
            };
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
            Effect::Killed(_) => {}
            Effect::Frozen(_, frozen) if frozen.is_alive() => {
                let _ = process::thaw(frozen.pid);
            }
            Effect::Frozen(..) => {}
            Effect::Ruled(_) => self
                .watched
                .iter()
                .for_each(|proxy| proxy.set_now(Rule::Pass)),
        }
    }
}

/// Looks every few milliseconds until it is so, at most [`VERIFY_LIMIT`] long.
async fn eventually(so: impl Fn() -> bool) -> bool {
    let look = async {
        while !so() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(VERIFY_LIMIT, look).await.is_ok()
}

fn signalled(process: &str, sent: io::Result<()>) -> Result<(), FaultError> {
    sent.map_err(|source| FaultError::Signal {
        process: process.into(),
        source,
    })
}

fn failed(action: &'static str, process: &str, why: String) -> FaultError {
    FaultError::Process {
        action,
        process: process.into(),
        why,
    }
}
