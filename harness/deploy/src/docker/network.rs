//! The private network of a run: a bridge whose gateway is this machine.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};

use harness_model::InstanceId;
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{Ipam, NetworkCreateRequest};

use crate::docker::engine;
use crate::docker::labels::RUN;
use crate::error::DeployError;

/// Retries when another run has taken the free addresses first.
const MAX_RETRIES: usize = 5;

/// An existing network. The clean-up of its run removes it.
#[derive(Debug, Clone)]
pub struct Network {
    run: String,
    gateway: Ipv4Addr,
    docker: Docker,
}

impl Network {
    /// Creates the network, named and labelled after the run.
    pub async fn create(run: &str) -> Result<Network, DeployError> {
        let docker = engine::connect().await?;
        let failed = |why: String| DeployError::Network {
            name: run.into(),
            why,
        };
        create_with_fixed_addresses(&docker, run)
            .await
            .map_err(failed)?;
        let gateway = match gateway(&docker, run).await {
            Ok(gateway) => gateway,
            Err(why) => {
                let _ = docker.remove_network(run).await;
                return Err(failed(why));
            }
        };
        Ok(Network {
            run: run.into(),
            gateway,
            docker,
        })
    }

    pub fn run(&self) -> &str {
        &self.run
    }

    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The address of this machine as the containers see it.
    pub fn gateway(&self) -> Ipv4Addr {
        self.gateway
    }

    /// The name of an instance's container, which is its host name on this network.
    pub fn container(&self, instance: &InstanceId) -> String {
        format!("{}-{instance}", self.run)
    }
}

/// Creates the network once to find free addresses, and again with these addresses stated: only
/// then can a container be reconnected at its former address.
async fn create_with_fixed_addresses(docker: &Docker, run: &str) -> Result<(), String> {
    let mut tries = 0;
    loop {
        let free = create(docker, run, None).await?;
        let removed = docker.remove_network(run).await;
        removed.map_err(|error| error.to_string())?;
        match create(docker, run, Some(free)).await {
            Err(_) if tries < MAX_RETRIES => tries += 1,
            created => return created.map(drop),
        }
    }
}

/// Creates the network with these addresses or with free ones; returns its addresses.
async fn create(docker: &Docker, run: &str, addresses: Option<Ipam>) -> Result<Ipam, String> {
    let label = |key: &str, value: &str| HashMap::from([(key.to_owned(), value.to_owned())]);
    let wanted = NetworkCreateRequest {
        name: run.into(),
        driver: Some("bridge".into()),
        labels: Some(label(RUN, run)),
        // A target must not reach anything beyond this machine.
        options: Some(label(
            "com.docker.network.bridge.enable_ip_masquerade",
            "false",
        )),
        ipam: addresses,
        ..Default::default()
    };
    let created = docker.create_network(wanted).await;
    created.map_err(|error| error.to_string())?;
    let network = docker.inspect_network(run, None).await;
    let network = network.map_err(|error| error.to_string())?;
    network
        .ipam
        .ok_or_else(|| "the engine gave it no addresses".into())
}

/// The gateway's address, if it is one of this machine.
async fn gateway(docker: &Docker, run: &str) -> Result<Ipv4Addr, String> {
    let network = docker.inspect_network(run, None).await;
    let network = network.map_err(|error| error.to_string())?;
    let configs = network
        .ipam
        .and_then(|ipam| ipam.config)
        .unwrap_or_default();
    let gateways = configs.into_iter().filter_map(|config| config.gateway);
    let gateway = gateways
        .filter_map(|text| text.parse::<Ipv4Addr>().ok())
        .next()
        .ok_or("the engine gave it no gateway")?;
    TcpListener::bind((gateway, 0)).map_err(|error| {
        format!(
            "its gateway {gateway} is not an address of this machine, so containers could not call \
             the harness; the engine must run here, not in a virtual machine ({error})"
        )
    })?;
    Ok(gateway)
}
