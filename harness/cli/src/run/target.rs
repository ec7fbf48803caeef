//! The target on its feet: guardian, proxies and processes, and the way down again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chaos_inject::process::Identity;
use chaos_inject::{EdgeProxy, Guardian, Injector, Processes};
use harness_deploy::{Deployment, Layout, Paths};
use harness_model::run_data::Host;
use harness_model::{EventKind, Impairment, InstanceId, Plan, Topology};
use harness_telemetry::Pids;
use rustix::process::Signal;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::collectors::Collectors;
use super::recorder::Recorder;
use super::workspace::{RunWorkspace, down};
use crate::failure::Failure;
use crate::places;

/// Everything that was started.
pub struct RunningTarget {
    exe: PathBuf,
    logs: PathBuf,
    data: PathBuf,
    guardian: Arc<Guardian>,
    deployment: Deployment,
    injector: Arc<Injector>,
}

impl RunningTarget {
    /// Brings everything up, or leaves nothing.
    pub async fn up(
        workspace: RunWorkspace,
        plan: &Plan,
        folder: &Path,
        collectors: &Collectors,
        recorder: &Recorder,
        interrupted: &CancellationToken,
    ) -> Result<RunningTarget, Failure> {
        let begun = Instant::now();
        let RunWorkspace {
            exe,
            data,
            guardian,
            network,
        } = workspace;
        let layout = Layout::plan(&plan.target, &plan.proxied, plan.seed, &network)
            .map_err(|error| down(&error))?;
        let proxies = proxies(&layout, plan).await?;
        let paths = Paths {
            exe: exe.clone(),
            data: data.clone(),
            cache: places::cache(),
            logs: folder.join("logs"),
            settings: places::settings(),
        };
        let (tell, told) = unbounded_channel();
        tokio::spawn(relay(told, recorder.clone(), Arc::clone(&guardian)));
        let otlp = collectors.otlp();
        let (target, seed) = (&plan.target, plan.seed);
        let starting = harness_deploy::up(network, layout, target, &paths, &otlp, seed, tell);
        let deployment = tokio::select! {
            started = starting => started.map_err(|error| down(&error))?,
            () = interrupted.cancelled() => {
                return Err(Failure {
                    code: harness_model::ExitCode::Interrupted,
                    message: "interrupted before the target was up".to_owned(),
                });
            }
        };
        let processes = Arc::new(DeployedProcesses(deployment.clone()));
        let injector = Injector::new(proxies, deployment.topology(), processes);
        let target = RunningTarget {
            exe,
            logs: folder.join("logs"),
            data,
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

    pub fn exe(&self) -> &Path {
        &self.exe
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    pub fn topology(&self) -> Topology {
        self.deployment.topology()
    }

    pub fn base_url(&self) -> String {
        self.topology().base_url
    }

    pub fn injector(&self) -> Arc<Injector> {
        Arc::clone(&self.injector)
    }

    /// Looks up the process of an instance, also after a restart.
    pub fn pids(&self) -> Pids {
        let deployment = self.deployment.clone();
        Arc::new(move |instance| deployment.pid(instance))
    }

    /// Lets the guardian end the load worker when the harness dies.
    pub fn guard(&self, pid: u32) {
        drop(self.guardian.watch("worker", pid));
    }

    pub fn forget(&self, pid: u32) {
        drop(self.guardian.forget(pid));
    }

    /// Ends everything; returns what could not be ended.
    pub async fn down(self) -> Vec<String> {
        let mut left = self.deployment.down().await;
        drop(self.injector);
        if let Err(error) = std::fs::remove_dir_all(&self.data)
            && self.data.exists()
        {
            left.push(format!("{} ({error})", self.data.display()));
        }
        if let Some(guardian) = Arc::into_inner(self.guardian) {
            drop(guardian.done());
        }
        left
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

/// Writes down what the deployer tells, and has the guardian watch every new process.
async fn relay(
    mut told: UnboundedReceiver<EventKind>,
    recorder: Recorder,
    guardian: Arc<Guardian>,
) {
    while let Some(what) = told.recv().await {
        if let EventKind::ServiceStarted { instance, pid, .. } = &what {
            drop(guardian.watch(instance.as_str(), *pid));
        }
        drop(recorder.event(what));
    }
}

/// The deployment, as faults see it.
struct DeployedProcesses(Deployment);

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

    async fn ready(&self, instance: &InstanceId, limit: Duration) -> bool {
        self.0.instance_ready(instance, limit).await
    }

    async fn impair(
        &self,
        instance: &InstanceId,
        who: Identity,
        what: Impairment,
    ) -> Result<(), String> {
        match (self.0.impair(instance, what).await, what) {
            (Some(impaired), _) => impaired.map_err(|error| error.to_string()),
            (None, Impairment::Frozen) => chaos_inject::process::stop(who).await,
            (None, _) => Err("this runtime cannot".into()),
        }
    }

    async fn repair(
        &self,
        instance: &InstanceId,
        who: Identity,
        what: Impairment,
    ) -> Result<(), String> {
        match (self.0.repair(instance, what).await, what) {
            (Some(repaired), _) => repaired.map_err(|error| error.to_string()),
            (None, Impairment::Frozen) => chaos_inject::process::resume(who).await,
            (None, _) => Ok(()),
        }
    }
}

/// What the machine is, for the manifest.
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
