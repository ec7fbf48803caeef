//! Volumes for the folders that a server keeps when it dies and is started again.

use std::collections::HashMap;

use harness_model::InstanceId;
use harness_model::definition::Image;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::VolumeCreateRequest;

use crate::docker::labels::RUN;
use crate::docker::network::Network;

/// Creates the volumes of an instance, labelled with the run; returns each with its mount point.
pub async fn create(
    network: &Network,
    instance: &InstanceId,
    image: &Image,
) -> Result<Vec<(String, String)>, Error> {
    let mut volumes = Vec::new();
    for (number, place) in image.keeps.iter().enumerate() {
        let name = format!("{}-{number}", network.container(instance));
        let wanted = VolumeCreateRequest {
            name: Some(name.clone()),
            labels: Some(HashMap::from([(RUN.into(), network.run().into())])),
            ..Default::default()
        };
        network.docker().create_volume(wanted).await?;
        volumes.push((name, place.clone()));
    }
    Ok(volumes)
}
