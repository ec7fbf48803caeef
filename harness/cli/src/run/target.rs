//! The target that is up: its deployment, the proxies on its edges, and what faults act on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chaos_inject::process::Identity;
use chaos_inject::{EdgeProxy, Guardian, Impairs, Injector, Processes};
use harness_deploy::{Deployment, Layout};
use harness_model::run_data::Host;
use harness_model::{EventKind, Impairment, InstanceId, Plan, Topology};
use harness_telemetry::Pids;
use rustix::process::Signal;

use super::recorder::Recorder;
use super::workspace::RunWorkspace;
use crate::failure::Failure;
use crate::undo::UndoStack;

/// A handle to everything that was started. The undo stack ends it.
pub struct RunningTarget {
    exe: PathBuf,
    logs: PathBuf,
    guardian: Arc<Guardian>,
    deployment: Deployment,
    injector: Arc<Injector>,
}

impl RunningTarget {
    /// Opens the proxies, starts the target and waits until it is ready. `otlp` is the endpoint for
    /// its spans, and `logs` the folder for its logs.
    ///
    /// # Errors
    /// When it did not come up in time, with the reason.
    pub async fn up(
        workspace: RunWorkspace,
        plan: &Plan,
        logs: PathBuf,
        otlp: &str,
        recorder: &Recorder,
        undo: &mut UndoStack,
    ) -> Result<RunningTarget, Failure> {
        let begun = Instant::now();
        let (exe, guardian) = (workspace.exe.clone(), workspace.guardian());
        let layout = workspace.layout(plan)?;
        let proxies = proxies(&layout, plan).await?;
        let events = recorder.clone();
        let record = move |what| drop(events.event(what));
        let deployment = workspace
            .start(plan, layout, otlp, &logs, record, undo)
            .await?;
        let processes = Arc::new(DeployedProcesses(deployment.clone()));
        let injector = Injector::new(proxies, deployment.topology(), processes);
        let target = RunningTarget {
            exe,
            logs,
            guardian,
            deployment,
            injector: Arc::new(injector),
        };
        recorder.event(EventKind::TargetReady {
            topology: target.topology(),
            after_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        })?;
        Ok(target)
    }

    /// The shakedown binary, which is also the load worker.
    pub fn exe(&self) -> &Path {
        &self.exe
    }

    /// Where the log of this process goes.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// As of now: pids change with restarts.
    pub fn topology(&self) -> Topology {
        self.deployment.topology()
    }

    /// Where shoppers send their requests, as `http://host:port`.
    pub fn base_url(&self) -> String {
        self.topology().base_url
    }

    /// Shared, because faults run in a task of their own.
    pub fn injector(&self) -> Arc<Injector> {
        Arc::clone(&self.injector)
    }

    /// Looks up the process of an instance, also after a restart.
    pub fn pids(&self) -> Pids {
        let deployment = self.deployment.clone();
        Arc::new(move |instance| deployment.pid(instance))
    }

    /// Makes the guardian end the load worker when the harness is killed.
    pub fn guard(&self, pid: u32) {
        drop(self.guardian.watch("worker", pid));
    }

    /// Ends [`guard`](Self::guard): the pid may belong to another process from now on.
    pub fn forget(&self, pid: u32) {
        drop(self.guardian.forget(pid));
    }
}

async fn proxies(layout: &Layout, plan: &Plan) -> Result<Vec<EdgeProxy>, Failure> {
    let mut proxies = Vec::new();
    for edge in &layout.edges {
        let Some(listen) = &edge.proxy else { continue };
        let proxy = EdgeProxy::open(edge.edge.clone(), listen, &edge.upstream, plan.seed)
            .await
            .map_err(|error| Failure::target(format!("failed to open a proxy: {error}")))?;
        proxies.push(proxy.answered_by(edge.instance.clone()));
    }
    Ok(proxies)
}

/// The deployment, as faults see it.
struct DeployedProcesses(Deployment);

#[async_trait]
impl Impairs for DeployedProcesses {
    fn thaw_now(&self, instance: &InstanceId, _: Identity) {
        self.0.thaw_now(instance);
    }

    async fn impair(
        &self,
        instance: &InstanceId,
        _: Identity,
        what: Impairment,
    ) -> Result<(), String> {
        match self.0.impair(instance, what).await {
            Some(impaired) => impaired.map_err(|error| error.to_string()),
            None => Err("this runtime cannot do it".into()),
        }
    }

    async fn repair(
        &self,
        instance: &InstanceId,
        _: Identity,
        what: Impairment,
    ) -> Result<(), String> {
        match self.0.repair(instance, what).await {
            Some(repaired) => repaired.map_err(|error| error.to_string()),
            // What it could not do needs no undoing.
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Processes for DeployedProcesses {
    fn pid(&self, instance: &InstanceId) -> Option<u32> {
        self.0.pid(instance)
    }

    async fn end(&self, instance: &InstanceId, by: Signal) -> Result<(), String> {
        let ended = match by {
            Signal::TERM => self.0.stop(instance).await,
            _ => self.0.kill(instance).await,
        };
        ended.map_err(|error| error.to_string())
    }

    async fn restart(&self, instance: &InstanceId) -> Result<u32, String> {
        self.0
            .restart(instance)
            .await
            .map_err(|error| error.to_string())
    }

    fn ready_within(&self) -> Duration {
        self.0.ready_within()
    }

    async fn ready(&self, instance: &InstanceId, limit: Duration) -> bool {
        self.0.instance_ready(instance, limit).await
    }
}

/// This machine, for the manifest.
pub fn host() -> Host {
    let line = |path: &str, key: &str| -> Option<String> {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let memory_kib = line("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    Host {
        os: std::env::consts::OS.to_owned(),
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        memory_mb: memory_kib.unwrap_or(0) / 1024,
        cpu_model: line("/proc/cpuinfo", "model name").unwrap_or_default(),
    }
}
