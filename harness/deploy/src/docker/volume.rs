//! What a server must keep when it dies and is started again: a volume for each such folder.

use std::collections::HashMap;

use harness_model::definition::Image;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::VolumeCreateRequest;

use crate::docker::{Network, RUN};

/// Creates the volumes of a service, labelled with the run; each with the place it belongs at.
pub async fn create(
    network: &Network,
    service: &str,
    image: &Image,
) -> Result<Vec<(String, String)>, Error> {
    let mut volumes = Vec::new();
    for (number, place) in image.keeps.iter().enumerate() {
        let name = format!("{}-{number}", network.container(service));
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
