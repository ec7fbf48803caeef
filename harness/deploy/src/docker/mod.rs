//! Services as containers, through testcontainers, on a bridge network of their own.
//!
//! One image, made of this very binary, and those of databases and brokers; one container a
//! service; everything labelled with its run, so that nothing can hide from a [`sweep`].

mod data;
mod image;
mod images;
mod impair;
mod network;
mod request;
mod runner;
mod supply;
mod sweep;
mod volume;
mod watch;

use testcontainers::bollard::Docker;
use testcontainers::core::client::docker_client_instance;

use crate::error::DeployError;

pub use images::{Images, ImagesError, images};
pub use network::Network;
pub use runner::DockerRunner;
pub use supply::{Presence, fetch, present};
pub use sweep::sweep;

/// The label that names the run of a container, network or volume.
const RUN: &str = "shakedown.run";

/// The label that names the service of a container.
const SERVICE: &str = "shakedown.service";

/// A client of the engine that testcontainers uses, which has answered.
async fn engine() -> Result<Docker, DeployError> {
    let failed = |error: &dyn std::fmt::Display| DeployError::NoEngine(error.to_string());
    let docker = docker_client_instance().await.map_err(|e| failed(&e))?;
    docker.ping().await.map_err(|error| failed(&error))?;
    Ok(docker)
}

/// What a user may want to know of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    pub version: String,
    /// Of control groups: `1` or `2`.
    pub cgroups: String,
    pub storage: String,
}

/// The engine that there is to use, or why there is none.
pub async fn usable() -> Result<Engine, DeployError> {
    let info = engine().await?.info().await;
    let info = info.map_err(|error| DeployError::NoEngine(error.to_string()))?;
    let cgroups = info.cgroup_version.map(|version| version.to_string());
    Ok(Engine {
        version: info.server_version.unwrap_or_default(),
        // Engines that do not say which know only one.
        cgroups: cgroups.unwrap_or_else(|| "1".into()),
        storage: info.driver.unwrap_or_default(),
    })
}
