//! A target that is up: its topology, its processes, and the way down.

use std::io;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use harness_model::topology::{RunningEdge, RunningService};
use harness_model::{Happening, Topology};
use reqwest::Client;
use rustix::process::Signal;
use tokio::process::Child;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::command::Values;
use crate::error::DeployError;
use crate::logs;
use crate::readiness::answers;
use crate::service::Service;
use crate::spawner::Spawner;

/// Time to end in good order before being killed.
const GRACE: Duration = Duration::from_secs(3);

/// A killed process is gone within this time, or something is very wrong.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// A handle; the last one dropped kills what is left.
#[derive(Debug, Clone)]
pub struct Deployment(Arc<Inner>);

#[derive(Debug)]
pub struct Inner {
    pub entry: String,
    pub base_url: String,
    pub edges: Vec<RunningEdge>,
    pub services: Vec<Arc<Service>>,
    pub values: Values,
    pub niceness: i8,
    pub ready_within: Duration,
    pub spawner: Spawner,
    pub client: Client,
    pub news: mpsc::UnboundedSender<Happening>,
}

impl Deployment {
    pub(crate) fn new(inner: Inner) -> Deployment {
        Deployment(Arc::new(inner))
    }

    pub(crate) fn services(&self) -> &[Arc<Service>] {
        &self.0.services
    }

    pub(crate) fn values(&self) -> &Values {
        &self.0.values
    }

    pub(crate) fn tell(&self, news: Happening) {
        let _ = self.0.news.send(news);
    }

    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        self.0.spawner.spawn(command, self.0.niceness).await
    }

    /// Where everything is now, with the pids of now.
    pub fn topology(&self) -> Topology {
        let services = self.0.services.iter().map(|service| {
            let definition = &service.layout.definition;
            RunningService {
                name: definition.name.clone(),
                hosts: definition.hosts.clone(),
                address: service.layout.address.clone(),
                pid: service.pid(),
                metrics: definition.metrics.clone(),
            }
        });
        Topology {
            entry: self.0.entry.clone(),
            base_url: self.0.base_url.clone(),
            services: services.collect(),
            edges: self.0.edges.clone(),
        }
    }

    /// `None` while it is down, or for a stranger.
    pub fn pid(&self, service: &str) -> Option<u32> {
        self.find(service).ok()?.pid()
    }

    /// SIGKILL, and wait until it is gone. The exit is not reported as news.
    pub async fn kill(&self, service: &str) -> Result<(), DeployError> {
        let found = self.find(service)?;
        found.end_is_expected.store(true, SeqCst);
        found.signal(Signal::KILL);
        match found.ended_within(KILL_LIMIT).await {
            true => Ok(()),
            false => Err(DeployError::StillAlive(service.into())),
        }
    }

    /// Starts a service that is down, with the same arguments and address. Becoming ready goes on
    /// in the background and is reported as news.
    pub async fn restart(&self, service: &str) -> Result<u32, DeployError> {
        let found = self.find(service)?.clone();
        if let Some(pid) = found.pid() {
            return Ok(pid);
        }
        let pid = self.start(&found).await?;
        let (inner, since) = (Arc::downgrade(&self.0), Instant::now());
        let (client, limit) = (self.0.client.clone(), self.0.ready_within);
        tokio::spawn(async move {
            let (address, path) = (&found.layout.address, &found.layout.definition.ready);
            let ready = timeout(limit, answers(&client, address, path))
                .await
                .is_ok();
            if let (true, Some(inner)) = (ready, inner.upgrade()) {
                inner.say_ready(found.name(), since);
            }
        });
        Ok(pid)
    }

    /// Waits until a service answers on its ready path, at most so long.
    pub async fn ready(&self, service: &str, within: Duration) -> bool {
        let Ok(found) = self.find(service) else {
            return false;
        };
        let (address, path) = (&found.layout.address, &found.layout.definition.ready);
        timeout(within, answers(&self.0.client, address, path))
            .await
            .is_ok()
    }

    /// SIGTERM to all, SIGKILL to those that do not listen; the names of those still there.
    pub async fn down(&self) -> Vec<String> {
        for service in &self.0.services {
            service.end_is_expected.store(true, SeqCst);
            service.signal(Signal::TERM);
            // A frozen process hears nothing else until it goes on.
            service.signal(Signal::CONT);
        }
        let deadline = Instant::now() + GRACE;
        for service in &self.0.services {
            service
                .ended_within(deadline.saturating_duration_since(Instant::now()))
                .await;
        }
        let mut left_behind = Vec::new();
        for service in &self.0.services {
            service.signal(Signal::KILL);
            if !service.ended_within(KILL_LIMIT).await {
                left_behind.push(service.name().to_owned());
            }
        }
        left_behind
    }

    pub(crate) async fn start(&self, service: &Arc<Service>) -> Result<u32, DeployError> {
        let inner = &self.0;
        let failed = |source: io::Error| DeployError::Spawn {
            service: service.name().into(),
            source,
        };
        let mut command = inner.values.service(&service.layout)?;
        let log = logs::open(&service.log)?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let child = self.spawn(command).await.map_err(failed)?;
        Ok(service.adopt(child, inner.news.clone()))
    }

    /// Waits for one service that was just started.
    pub(crate) async fn await_ready(
        &self,
        service: &Service,
        since: Instant,
    ) -> Result<(), DeployError> {
        let inner = &self.0;
        let (address, path) = (&service.layout.address, &service.layout.definition.ready);
        let name = || service.name().to_owned();
        select! {
            biased;
            status = service.ended() => Err(DeployError::Exited {
                service: name(),
                status,
                tail: logs::tail(&service.log),
            }),
            ready = timeout(inner.ready_within, answers(&inner.client, address, path)) => {
                ready.map_err(|_| DeployError::NotReady {
                    service: name(),
                    within_ms: inner.ready_within.as_millis(),
                    tail: logs::tail(&service.log),
                })?;
                inner.say_ready(service.name(), since);
                Ok(())
            }
        }
    }

    fn find(&self, name: &str) -> Result<&Arc<Service>, DeployError> {
        let found = self
            .0
            .services
            .iter()
            .find(|service| service.name() == name);
        found.ok_or_else(|| DeployError::NoService(name.into()))
    }
}

impl Inner {
    fn say_ready(&self, service: &str, since: Instant) {
        let after_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let service = service.to_owned();
        let _ = self
            .news
            .send(Happening::ServiceReady { service, after_ms });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for service in &self.services {
            service.end_is_expected.store(true, SeqCst);
            service.signal(Signal::KILL);
        }
    }
}
