//! The private network of a run: a bridge whose gateway is this machine.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};

use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{Ipam, NetworkCreateRequest};

use crate::docker::{RUN, engine};
use crate::error::DeployError;

/// Another run may take the addresses that were found to be free, so often at the most.
const OVERTAKEN: usize = 5;

/// A network that exists. It goes with the sweep of its run.
#[derive(Debug, Clone)]
pub struct Network {
    run: String,
    gateway: Ipv4Addr,
    docker: Docker,
}

impl Network {
    /// Creates the network, named and labelled after the run.
    pub async fn create(run: &str) -> Result<Network, DeployError> {
        let docker = engine().await?;
        let failed = |why: String| DeployError::Network {
            name: run.into(),
            why,
        };
        pinned(&docker, run).await.map_err(failed)?;
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

    /// This machine, as the containers see it.
    pub fn gateway(&self) -> Ipv4Addr {
        self.gateway
    }

    /// The name of a service's container, which is its host name on this network.
    pub fn container(&self, service: &str) -> String {
        format!("{}-{service}", self.run)
    }
}

/// Creates the network once to find free addresses, and once more in so many words: only a network
/// whose addresses are stated lets a container come back at the address that it had.
async fn pinned(docker: &Docker, run: &str) -> Result<(), String> {
    let mut tries = 0;
    loop {
        let free = create(docker, run, None).await?;
        let removed = docker.remove_network(run).await;
        removed.map_err(|error| error.to_string())?;
        match create(docker, run, Some(free)).await {
            Err(_) if tries < OVERTAKEN => tries += 1,
            created => return created.map(drop),
        }
    }
}

/// Creates the network, with these addresses or with free ones; the addresses it has.
async fn create(docker: &Docker, run: &str, addresses: Option<Ipam>) -> Result<Ipam, String> {
    let label = |key: &str, value: &str| HashMap::from([(key.to_owned(), value.to_owned())]);
    let wanted = NetworkCreateRequest {
        name: run.into(),
        driver: Some("bridge".into()),
        labels: Some(label(RUN, run)),
        // A target has no business beyond this machine.
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
            "its gateway {gateway} is no address of this machine, so containers could not call \
             the harness; the engine must run here, not in a virtual machine ({error})"
        )
    })?;
    Ok(gateway)
}
