//! The runtime that goes with a network: what it needs beforehand, and what starts its services.
//!
//! The only file that knows all runtimes.

use std::collections::BTreeSet;
use std::sync::Arc;

use harness_model::EventKind;
use tokio::sync::mpsc;

use crate::docker::{self, DockerRunner};
use crate::error::DeployError;
use crate::network::{DeploymentNetwork, Kind};
use crate::process::{ProcessRunner, Spawner};
use crate::runner::Runner;
use crate::spec::DeploymentSpec;

/// Pulls the images that the engine lacks.
pub async fn pull_images(
    network: &DeploymentNetwork,
    spec: &DeploymentSpec<'_>,
    events: &mpsc::UnboundedSender<EventKind>,
) -> Result<(), DeployError> {
    let Kind::Bridge(network) = &network.0 else {
        return Ok(());
    };
    let services = spec.layout.services.iter();
    let wanted = services.filter_map(|service| service.definition.image.as_ref());
    let wanted: BTreeSet<&str> = wanted.map(|image| image.name.as_str()).collect();
    let images = docker::images(&spec.paths.settings)?;
    for name in wanted {
        docker::ensure_present(network.docker(), &images, name, events).await?;
    }
    Ok(())
}

/// Creates what starts the services, once the data is prepared.
pub async fn runner(
    network: DeploymentNetwork,
    spec: &DeploymentSpec<'_>,
    spawner: Arc<Spawner>,
    events: &mpsc::UnboundedSender<EventKind>,
) -> Result<Box<dyn Runner>, DeployError> {
    let prepared = network.prepared_data(&spec.paths.data);
    Ok(match network.0 {
        Kind::Loopback => Box::new(ProcessRunner::new(
            spec.values(spec.paths),
            spec.target.nice,
            spawner,
        )),
        Kind::Bridge(network) => {
            Box::new(DockerRunner::new(network, spec, &prepared, events).await?)
        }
    })
}
