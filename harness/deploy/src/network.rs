//! Where a target is to stand: this machine's loopback, or a network of containers.
//!
//! Chosen and laid before anything listens, because whoever is to be called by the target must
//! listen where the target can reach it. The one place that knows all runtimes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use harness_model::EventKind;
use harness_model::plan::{Runtime, TargetPlan};
use tokio::sync::mpsc;

use crate::command::{Paths, Values};
use crate::docker::{self, DockerRunner};
use crate::error::DeployError;
use crate::layout::Layout;
use crate::process::{ProcessRunner, Spawner};
use crate::runner::Runner;

/// DeploymentNetwork for one target. What was made for it goes when the deployment on it goes down.
#[derive(Debug)]
pub struct DeploymentNetwork(Kind);

#[derive(Debug)]
enum Kind {
    Loopback,
    Network(docker::Network),
}

impl DeploymentNetwork {
    /// The name under which [`sweep`](crate::sweep) finds what a run of this runtime leaves
    /// outside the process tree; `None` where nothing can be left.
    pub fn swept_as(runtime: Runtime, run: &str) -> Option<&str> {
        (runtime == Runtime::Docker).then_some(run)
    }

    /// Lays the network for a run; `run` must be unlike that of any other run of this machine.
    pub async fn lay(runtime: Runtime, run: &str) -> Result<DeploymentNetwork, DeployError> {
        Ok(DeploymentNetwork(match runtime {
            Runtime::Process | Runtime::External => Kind::Loopback,
            Runtime::Docker => Kind::Network(docker::Network::create(run).await?),
        }))
    }

    /// The address of this machine that the target can reach, and nobody beyond this machine.
    pub fn host(&self) -> IpAddr {
        match &self.0 {
            Kind::Loopback => Ipv4Addr::LOCALHOST.into(),
            Kind::Network(network) => network.gateway().into(),
        }
    }

    /// What a service binds so that the others can reach it.
    pub(crate) fn bind(&self, port: u16) -> String {
        match &self.0 {
            Kind::Loopback => format!("127.0.0.1:{port}"),
            Kind::Network(_) => format!("0.0.0.0:{port}"),
        }
    }

    /// Where the others reach a service without a proxy.
    pub(crate) fn peer(&self, service: &str, port: u16) -> String {
        match &self.0 {
            Kind::Loopback => format!("127.0.0.1:{port}"),
            Kind::Network(network) => format!("{}:{port}", network.container(service)),
        }
    }

    /// Where the preparation lays the data out.
    pub(crate) fn prepared(&self, paths: &Paths) -> PathBuf {
        match &self.0 {
            Kind::Loopback => paths.data.clone(),
            Kind::Network(_) => paths.data.join("prepared"),
        }
    }

    /// Sees to it that everything that services come from is there.
    pub(crate) async fn supply(
        &self,
        job: &Job<'_>,
        news: &mpsc::UnboundedSender<EventKind>,
    ) -> Result<(), DeployError> {
        let Kind::Network(network) = &self.0 else {
            return Ok(());
        };
        let services = job.layout.services.iter();
        let wanted = services.filter_map(|service| service.definition.image.as_ref());
        let wanted: BTreeSet<&str> = wanted.map(|image| image.name.as_str()).collect();
        let images = docker::images(&job.paths.settings)?;
        for name in wanted {
            docker::fetch(network.docker(), &images, name, news).await?;
        }
        Ok(())
    }

    /// What starts the services, once the data is laid out.
    pub(crate) async fn runner(
        self,
        job: Job<'_>,
        spawner: Arc<Spawner>,
        news: &mpsc::UnboundedSender<EventKind>,
    ) -> Result<Box<dyn Runner>, DeployError> {
        Ok(match self.0 {
            Kind::Loopback => Box::new(ProcessRunner {
                values: job.values(job.paths),
                niceness: job.target.nice,
                spawner,
            }),
            Kind::Network(network) => {
                let prepared = job.paths.data.join("prepared");
                Box::new(DockerRunner::new(network, &job, &prepared, news).await?)
            }
        })
    }
}

/// What a target is brought up with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    pub target: &'a TargetPlan,
    pub layout: &'a Layout,
    pub paths: &'a Paths,
    pub otlp: &'a str,
    pub seed: u64,
}

impl Job<'_> {
    /// The values of placeholders for commands that see these paths.
    pub fn values(&self, paths: &Paths) -> Values {
        let settings = serde_json::to_string(&self.target.settings).unwrap_or_default();
        Values::new(paths, self.otlp, self.seed, settings)
    }
}
