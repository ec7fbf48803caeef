//! A running target: its topology, its services and their instances, and how it goes down.
//!
//! The same for every runtime; the runner knows how an instance is started and ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use harness_model::topology::{RunningEdge, RunningInstance, RunningService};
use harness_model::{Impairment, InstanceId, Topology};
use reqwest::Client;
use rustix::process::Signal;
use tokio::select;
use tokio::time::timeout;

use crate::error::DeployError;
use crate::instance::{Instance, KILL_LIMIT, STOP_LIMIT};
use crate::layout::ServiceLayout;
use crate::logs;
use crate::readiness::wait_until_ready;
use crate::runner::Runner;

/// A handle; dropping the last one kills what still runs.
#[derive(Debug, Clone)]
pub struct Deployment(Arc<Inner>);

#[derive(Debug)]
pub struct Inner {
    pub entry: String,
    pub base_url: String,
    pub edges: Vec<RunningEdge>,
    pub services: Vec<Arc<ServiceLayout>>,
    /// Of all services, in their order.
    pub instances: Vec<Arc<Instance>>,
    pub runner: Box<dyn Runner>,
    pub ready_within: Duration,
    pub client: Client,
}

impl Deployment {
    pub(crate) fn new(inner: Inner) -> Deployment {
        Deployment(Arc::new(inner))
    }

    pub(crate) fn instances(&self) -> &[Arc<Instance>] {
        &self.0.instances
    }

    /// Where everything is, with the present pids.
    pub fn topology(&self) -> Topology {
        let services = self.0.services.iter().map(|service| RunningService {
            name: service.definition.name.clone(),
            hosts: service.definition.hosts.clone(),
            instances: self
                .of_service(&service.definition.name)
                .map(running)
                .collect(),
        });
        Topology {
            entry: self.0.entry.clone(),
            base_url: self.0.base_url.clone(),
            services: services.collect(),
            edges: self.0.edges.clone(),
        }
    }

    /// The pid on this machine; `None` while the instance is down or when it does not exist.
    pub fn pid(&self, instance: &InstanceId) -> Option<u32> {
        self.find(instance).ok()?.pid()
    }

    /// Sends SIGKILL and waits until the instance is gone. The exit is not reported.
    pub async fn kill(&self, instance: &InstanceId) -> Result<(), DeployError> {
        let found = self.find(instance)?;
        found.expect_end();
        match self.end(found, Signal::KILL, KILL_LIMIT).await? {
            true => Ok(()),
            false => Err(DeployError::StillAlive(instance.clone())),
        }
    }

    /// Sends SIGTERM and waits until the instance is gone; SIGKILL if it takes too long.
    pub async fn stop(&self, instance: &InstanceId) -> Result<(), DeployError> {
        let found = self.find(instance)?;
        found.expect_end();
        match self.end(found, Signal::TERM, STOP_LIMIT).await? {
            true => Ok(()),
            false => self.kill(instance).await,
        }
    }

    /// False when something of it is left when the time is over.
    async fn end(
        &self,
        instance: &Instance,
        by: Signal,
        within: Duration,
    ) -> Result<bool, DeployError> {
        let runner = &self.0.runner;
        runner.signal(instance, by).await?;
        let all = runner.all_ended(instance, by, within);
        let (all, seen) = tokio::join!(all, instance.ended_within(within));
        Ok(all && seen)
    }

    /// Freezes, limits or disconnects an instance; `None` when the runtime cannot.
    pub async fn impair(
        &self,
        instance: &InstanceId,
        what: Impairment,
    ) -> Option<Result<(), DeployError>> {
        match self.find(instance) {
            Ok(found) => self.0.runner.impair(found, what).await,
            Err(unknown) => Some(Err(unknown)),
        }
    }

    /// Undoes [`impair`](Self::impair).
    pub async fn repair(
        &self,
        instance: &InstanceId,
        what: Impairment,
    ) -> Option<Result<(), DeployError>> {
        match self.find(instance) {
            Ok(found) => self.0.runner.repair(found, what).await,
            Err(unknown) => Some(Err(unknown)),
        }
    }

    /// Lets a frozen instance continue, without waiting for it.
    pub fn thaw_now(&self, instance: &InstanceId) {
        if let Ok(found) = self.find(instance) {
            self.0.runner.thaw_now(found);
        }
    }

    /// How long an instance may take to become ready.
    pub fn ready_within(&self) -> Duration {
        self.0.ready_within
    }

    /// Starts an instance that is down, with the same arguments and address. Readiness is awaited
    /// in the background and reported.
    pub async fn restart(&self, instance: &InstanceId) -> Result<u32, DeployError> {
        let found = self.find(instance)?.clone();
        if let Some(pid) = found.pid() {
            return Ok(pid);
        }
        let since = Instant::now();
        let pid = self.start(&found).await?;
        let inner = Arc::downgrade(&self.0);
        let (client, limit) = (self.0.client.clone(), self.0.ready_within);
        tokio::spawn(async move {
            let ready = timeout(limit, wait_until_ready(&client, &found)).await;
            // Nothing is reported of a deployment that is gone.
            if ready.is_ok() && inner.strong_count() > 0 {
                found.is_ready(since.elapsed());
            }
        });
        Ok(pid)
    }

    /// Waits until an instance is ready; false when the time is over.
    pub async fn instance_ready(&self, instance: &InstanceId, within: Duration) -> bool {
        let Ok(found) = self.find(instance) else {
            return false;
        };
        let ready = wait_until_ready(&self.0.client, found);
        timeout(within, ready).await.is_ok()
    }

    /// Waits until all instances of a service are ready; false when the time is over.
    pub async fn ready(&self, service: &str, within: Duration) -> bool {
        let of_service: Vec<_> = self.of_service(service).collect();
        let ready = of_service
            .iter()
            .map(|instance| wait_until_ready(&self.0.client, instance));
        !of_service.is_empty() && timeout(within, join_all(ready)).await.is_ok()
    }

    /// Ends everything gracefully, by force where that fails; the names of what could not be ended.
    pub async fn down(&self) -> Vec<String> {
        for instance in &self.0.instances {
            instance.expect_end();
        }
        self.0.runner.down(&self.0.instances).await
    }

    pub(crate) async fn start(&self, instance: &Arc<Instance>) -> Result<u32, DeployError> {
        instance.before_start();
        self.0.runner.start(instance).await
    }

    /// Waits for an instance that was just started.
    pub(crate) async fn await_ready(
        &self,
        instance: &Instance,
        since: Instant,
    ) -> Result<(), DeployError> {
        let inner = &self.0;
        let name = || instance.id().clone();
        select! {
            biased;
            status = instance.ended() => Err(DeployError::Exited {
                instance: name(),
                status,
                tail: logs::tail(&instance.log),
            }),
            ready = timeout(inner.ready_within, wait_until_ready(&inner.client, instance)) => {
                ready.map_err(|_| DeployError::NotReady {
                    instance: name(),
                    within_ms: inner.ready_within.as_millis(),
                    tail: logs::tail(&instance.log),
                })?;
                instance.is_ready(since.elapsed());
                Ok(())
            }
        }
    }

    fn of_service(&self, name: &str) -> impl Iterator<Item = &Arc<Instance>> {
        let all = self.0.instances.iter();
        all.filter(move |instance| instance.service_name() == name)
    }

    fn find(&self, id: &InstanceId) -> Result<&Arc<Instance>, DeployError> {
        let found = self.0.instances.iter().find(|one| one.id() == id);
        found.ok_or_else(|| DeployError::NoInstance(id.clone()))
    }
}

fn running(instance: &Arc<Instance>) -> RunningInstance {
    let layout = &instance.layout;
    let metrics = instance.service.definition.metrics.as_ref();
    RunningInstance {
        id: layout.id.clone(),
        address: layout.address.clone(),
        metrics: metrics.map(|path| format!("http://{}{path}", layout.address)),
        container: layout.container.clone(),
        pid: instance.pid(),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for instance in &self.instances {
            instance.expect_end();
        }
        self.runner.kill_all(&self.instances);
    }
}
