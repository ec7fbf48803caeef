//! A running target: its topology, its services, and how it goes down.
//!
//! The same for every runtime; the runner knows how a service is started and ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::topology::{RunningEdge, RunningService};
use harness_model::{EventKind, Impairment, Topology};
use reqwest::Client;
use rustix::process::Signal;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::DeployError;
use crate::logs;
use crate::readiness::wait_until_ready;
use crate::runner::Runner;
use crate::service::{KILL_LIMIT, STOP_LIMIT, Service};

/// A handle; dropping the last one kills what still runs.
#[derive(Debug, Clone)]
pub struct Deployment(Arc<Inner>);

#[derive(Debug)]
pub struct Inner {
    pub entry: String,
    pub base_url: String,
    pub edges: Vec<RunningEdge>,
    pub services: Vec<Arc<Service>>,
    pub runner: Box<dyn Runner>,
    pub ready_within: Duration,
    pub client: Client,
    pub events: mpsc::UnboundedSender<EventKind>,
}

impl Deployment {
    pub(crate) fn new(inner: Inner) -> Deployment {
        Deployment(Arc::new(inner))
    }

    pub(crate) fn services(&self) -> &[Arc<Service>] {
        &self.0.services
    }

    /// Where everything is, with the present pids.
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

    /// The pid on this machine; `None` while the service is down or when it does not exist.
    pub fn pid(&self, service: &str) -> Option<u32> {
        self.find(service).ok()?.pid()
    }

    /// Sends SIGKILL and waits until the service is gone. The exit is not reported.
    pub async fn kill(&self, service: &str) -> Result<(), DeployError> {
        let found = self.find(service)?;
        found.expect_end();
        self.0.runner.signal(found, Signal::KILL).await?;
        match found.ended_within(KILL_LIMIT).await {
            true => Ok(()),
            false => Err(DeployError::StillAlive(service.into())),
        }
    }

    /// Sends SIGTERM and waits until the service is gone; SIGKILL if it takes too long.
    pub async fn stop(&self, service: &str) -> Result<(), DeployError> {
        let found = self.find(service)?;
        found.expect_end();
        self.0.runner.signal(found, Signal::TERM).await?;
        match found.ended_within(STOP_LIMIT).await {
            true => Ok(()),
            false => self.kill(service).await,
        }
    }

    /// Freezes, limits or disconnects a service; `None` when the runtime cannot.
    pub async fn impair(&self, service: &str, what: Impairment) -> Option<Result<(), DeployError>> {
        match self.find(service) {
            Ok(found) => self.0.runner.impair(found, what).await,
            Err(unknown) => Some(Err(unknown)),
        }
    }

    /// Undoes [`impair`](Self::impair).
    pub async fn repair(&self, service: &str, what: Impairment) -> Option<Result<(), DeployError>> {
        match self.find(service) {
            Ok(found) => self.0.runner.repair(found, what).await,
            Err(unknown) => Some(Err(unknown)),
        }
    }

    /// Starts a service that is down, with the same arguments and address. Readiness is awaited in
    /// the background and reported.
    pub async fn restart(&self, service: &str) -> Result<u32, DeployError> {
        let found = self.find(service)?.clone();
        if let Some(pid) = found.pid() {
            return Ok(pid);
        }
        let since = Instant::now();
        let pid = self.start(&found).await?;
        let inner = Arc::downgrade(&self.0);
        let (client, limit) = (self.0.client.clone(), self.0.ready_within);
        tokio::spawn(async move {
            let ready = timeout(limit, wait_until_ready(&client, &found))
                .await
                .is_ok();
            if let (true, Some(inner)) = (ready, inner.upgrade()) {
                inner.report_ready(found.name(), since);
            }
        });
        Ok(pid)
    }

    /// Waits until a service is ready; false when the time is over.
    pub async fn ready(&self, service: &str, within: Duration) -> bool {
        let Ok(found) = self.find(service) else {
            return false;
        };
        timeout(within, wait_until_ready(&self.0.client, found))
            .await
            .is_ok()
    }

    /// Ends everything gracefully, by force where that fails; the names of what could not be ended.
    pub async fn down(&self) -> Vec<String> {
        for service in &self.0.services {
            service.expect_end();
        }
        self.0.runner.down(&self.0.services).await
    }

    pub(crate) async fn start(&self, service: &Arc<Service>) -> Result<u32, DeployError> {
        service.before_start();
        self.0.runner.start(service).await
    }

    /// Waits for a service that was just started.
    pub(crate) async fn await_ready(
        &self,
        service: &Service,
        since: Instant,
    ) -> Result<(), DeployError> {
        let inner = &self.0;
        let name = || service.name().to_owned();
        select! {
            biased;
            status = service.ended() => Err(DeployError::Exited {
                service: name(),
                status,
                tail: logs::tail(&service.log),
            }),
            ready = timeout(inner.ready_within, wait_until_ready(&inner.client, service)) => {
                ready.map_err(|_| DeployError::NotReady {
                    service: name(),
                    within_ms: inner.ready_within.as_millis(),
                    tail: logs::tail(&service.log),
                })?;
                inner.report_ready(service.name(), since);
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
    fn report_ready(&self, service: &str, since: Instant) {
        let after_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let service = service.to_owned();
        let _ = self
            .events
            .send(EventKind::ServiceReady { service, after_ms });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for service in &self.services {
            service.expect_end();
        }
        self.runner.kill_all(&self.services);
    }
}
