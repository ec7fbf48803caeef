//! The container engine of this machine, as testcontainers finds it.

use testcontainers::bollard::Docker;
use testcontainers::core::client::docker_client_instance;

use crate::error::DeployError;

/// A client of the engine, which has answered.
pub async fn connect() -> Result<Docker, DeployError> {
    let failed = |error: &dyn std::fmt::Display| DeployError::NoEngine(error.to_string());
    let docker = docker_client_instance().await.map_err(|e| failed(&e))?;
    docker.ping().await.map_err(|error| failed(&error))?;
    Ok(docker)
}

/// Properties of an engine that matter to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    pub version: String,
    /// Version of control groups: `1` or `2`.
    pub cgroups: String,
    pub storage: String,
}

/// The engine, or why it cannot be used.
pub async fn usable() -> Result<Engine, DeployError> {
    let info = connect().await?.info().await;
    let info = info.map_err(|error| DeployError::NoEngine(error.to_string()))?;
    let cgroups = info.cgroup_version.map(|version| version.to_string());
    Ok(Engine {
        version: info.server_version.unwrap_or_default(),
        // An engine that does not state the version knows only the first.
        cgroups: cgroups.unwrap_or_else(|| "1".into()),
        storage: info.driver.unwrap_or_default(),
    })
}
