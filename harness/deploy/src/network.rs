//! The network that a target runs on: this machine's loopback, or a bridge of containers.
//!
//! Chosen and created before anything listens, because the proxies and the telemetry receiver must
//! listen where the target can reach them. It must not know layouts or how services are started.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use harness_model::InstanceId;
use harness_model::plan::Runtime;

use crate::docker;
use crate::error::DeployError;

/// The network of one target. What was created for it is removed when its deployment goes down.
#[derive(Debug)]
pub struct DeploymentNetwork(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    Loopback,
    Bridge(docker::Network),
}

impl DeploymentNetwork {
    /// The name by which [`clean_up`](crate::clean_up) finds what a run of this runtime leaves
    /// outside the process tree; `None` where nothing can be left.
    pub fn clean_up_name(runtime: Runtime, run: &str) -> Option<&str> {
        (runtime == Runtime::Docker).then_some(run)
    }

    /// Creates the network of a run; `run` must be unique among the runs of this machine.
    pub async fn create(runtime: Runtime, run: &str) -> Result<DeploymentNetwork, DeployError> {
        Ok(DeploymentNetwork(match runtime {
            Runtime::Process | Runtime::External => Kind::Loopback,
            Runtime::Docker => Kind::Bridge(docker::Network::create(run).await?),
        }))
    }

    /// The address of this machine that the target can reach, and nobody beyond this machine.
    pub fn host(&self) -> IpAddr {
        match &self.0 {
            Kind::Loopback => Ipv4Addr::LOCALHOST.into(),
            Kind::Bridge(network) => network.gateway().into(),
        }
    }

    /// What an instance binds so that the others can reach it.
    pub(crate) fn bind(&self, port: u16) -> String {
        match &self.0 {
            Kind::Loopback => format!("127.0.0.1:{port}"),
            Kind::Bridge(_) => format!("0.0.0.0:{port}"),
        }
    }

    /// The container that an instance will run in, if it will run in one.
    pub(crate) fn container(&self, instance: &InstanceId) -> Option<String> {
        match &self.0 {
            Kind::Loopback => None,
            Kind::Bridge(network) => Some(network.container(instance)),
        }
    }

    /// Where the others reach an instance without a proxy.
    pub(crate) fn peer(&self, instance: &InstanceId, port: u16) -> String {
        match &self.0 {
            Kind::Loopback => format!("127.0.0.1:{port}"),
            Kind::Bridge(network) => format!("{}:{port}", network.container(instance)),
        }
    }

    /// Where the preparation writes the data, given the data folder of the run.
    pub(crate) fn prepared_data(&self, data: &Path) -> PathBuf {
        match &self.0 {
            Kind::Loopback => data.into(),
            Kind::Bridge(_) => data.join("prepared"),
        }
    }
}
