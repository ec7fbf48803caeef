//! Services as processes of this machine, on loopback.

mod members;
mod orphans;
mod spawner;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use harness_model::{Impairment, InstanceId};
use harness_process::Identity;
use rustix::process::Signal;
use tokio::process::Child;
use tokio::task::JoinHandle;

use crate::command::Values;
use crate::error::DeployError;
use crate::instance::{Instance, KILL_LIMIT};
use crate::logs;
use crate::runner::{Impairs, Runner};
use members::Members;
use orphans::Orphans;

pub use spawner::Spawner;

/// Time to end gracefully before SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// Runs every instance as a child of the harness.
#[derive(Debug)]
pub struct ProcessRunner {
    values: Values,
    niceness: i8,
    spawner: Arc<Spawner>,
    orphans: Orphans,
    /// The first process of the last start of each instance.
    leaders: Mutex<BTreeMap<InstanceId, Identity>>,
    burying: JoinHandle<()>,
}

impl ProcessRunner {
    /// Starts nothing yet; from now on, this process adopts the orphans of what it starts.
    pub fn new(values: Values, niceness: i8, spawner: Arc<Spawner>) -> ProcessRunner {
        ProcessRunner {
            values,
            niceness,
            spawner,
            orphans: Orphans::adopt(),
            leaders: Mutex::default(),
            burying: tokio::spawn(Orphans::bury()),
        }
    }

    fn members(&self, instance: &Instance) -> Members {
        Members {
            leader: self.leaders().get(instance.id()).copied(),
            mark: self.values.mark(instance.id()),
        }
    }

    /// A service that is started again goes on without a log where the run folder is gone.
    fn log(&self, instance: &Instance) -> Result<File, DeployError> {
        let was_started = self.leaders().contains_key(instance.id());
        match logs::open(&instance.log) {
            Err(_) if was_started => logs::open(Path::new("/dev/null")),
            opened => opened,
        }
    }

    fn leaders(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Identity>> {
        self.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ProcessRunner {
    fn drop(&mut self) {
        self.burying.abort();
    }
}

#[async_trait]
impl Impairs for ProcessRunner {
    async fn impair(
        &self,
        instance: &Instance,
        what: Impairment,
    ) -> Option<Result<(), DeployError>> {
        let frozen = match what {
            Impairment::Frozen => self.members(instance).freeze().await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => return None,
        };
        Some(frozen.map_err(|why| failed("freeze", instance, why)))
    }

    async fn repair(
        &self,
        instance: &Instance,
        what: Impairment,
    ) -> Option<Result<(), DeployError>> {
        let thawed = match what {
            Impairment::Frozen => self.members(instance).thaw().await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => return None,
        };
        Some(thawed.map_err(|why| failed("thaw", instance, why)))
    }

    fn thaw_now(&self, instance: &Instance) {
        self.members(instance).thaw_now();
    }
}

#[async_trait]
impl Runner for ProcessRunner {
    async fn start(&self, instance: &Arc<Instance>) -> Result<u32, DeployError> {
        let failed = |source: io::Error| DeployError::Spawn {
            service: instance.id().to_string(),
            source,
        };
        // What is left of an earlier start may still hold the port.
        if !self.members(instance).kill(KILL_LIMIT).await {
            return Err(DeployError::StillAlive(instance.id().clone()));
        }
        let mut command = self.values.instance(&instance.service, &instance.layout)?;
        let log = self.log(instance)?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let child = self.spawner.spawn(command, self.niceness).await;
        let child = child.map_err(failed)?;
        if let Some(leader) = child.id().and_then(Identity::of) {
            self.leaders().insert(instance.id().clone(), leader);
        }
        Ok(watch(instance, child))
    }

    async fn signal(&self, instance: &Instance, which: Signal) -> Result<(), DeployError> {
        let members = self.members(instance);
        match which {
            // Repeated and waited for by `all_ended`.
            Signal::KILL => members.signal_first(which),
            _ => members.signal(which),
        }
        Ok(())
    }

    async fn all_ended(&self, instance: &Instance, by: Signal, within: Duration) -> bool {
        let members = self.members(instance);
        match by {
            Signal::KILL => members.kill(within).await,
            _ => members.ended(within).await,
        }
    }

    /// SIGTERM to all, SIGKILL to those that ignore it.
    async fn down(&self, instances: &[Arc<Instance>]) -> Vec<String> {
        for instance in instances {
            let members = self.members(instance);
            members.signal(Signal::TERM);
            // A frozen process handles SIGTERM only once it continues.
            members.thaw_now();
        }
        let deadline = Instant::now() + GRACE;
        for instance in instances {
            let left = deadline.saturating_duration_since(Instant::now());
            self.members(instance).ended(left).await;
        }
        let mut left_behind = Vec::new();
        for instance in instances {
            let gone = self.members(instance).kill(KILL_LIMIT).await;
            if !(gone && instance.ended_within(KILL_LIMIT).await) {
                left_behind.push(instance.id().to_string());
            }
        }
        if !self.orphans.end_unmarked(KILL_LIMIT).await {
            left_behind.push("a process that a service had started".to_owned());
        }
        left_behind
    }

    fn kill_all(&self, instances: &[Arc<Instance>]) {
        for instance in instances {
            self.members(instance).kill_now();
        }
    }
}

/// Registers a new process and waits for its end in the background.
fn watch(instance: &Arc<Instance>, mut child: Child) -> u32 {
    let pid = child.id().unwrap_or_default();
    instance.has_started(pid);
    let this = instance.clone();
    tokio::spawn(async move {
        let status = match child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        this.has_ended(status);
    });
    pid
}

fn failed(action: &'static str, instance: &Instance, why: String) -> DeployError {
    DeployError::Processes {
        action,
        instance: instance.id().clone(),
        why,
    }
}
