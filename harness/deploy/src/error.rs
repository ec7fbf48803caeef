//! Why a target did not come up.

use std::io;
use std::path::PathBuf;

use harness_model::InstanceId;

use crate::docker::ImagesError;

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("listen on port {port} for service {service}: it is taken")]
    PortBusy { port: u16, service: String },
    #[error("find a free port between {from} and {to}")]
    NoPort { from: u16, to: u16 },
    #[error("reach an external target without a url")]
    NoUrl,
    #[error("find service {0}")]
    NoService(String),
    #[error("find instance {0}")]
    NoInstance(InstanceId),
    #[error("find a command for {0}")]
    NoCommand(String),
    #[error("write {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("start {service}: {source}")]
    Spawn { service: String, source: io::Error },
    #[error("prepare the target ({status}){tail}")]
    Prepare { status: String, tail: String },
    #[error("get {instance} ready: it ended ({status}){tail}")]
    Exited {
        instance: InstanceId,
        status: String,
        tail: String,
    },
    #[error("get {instance} ready within {within_ms} ms{tail}")]
    NotReady {
        instance: InstanceId,
        within_ms: u128,
        tail: String,
    },
    #[error("end {0}: it survived SIGKILL")]
    StillAlive(InstanceId),
    #[error("{action} {instance}: {why}")]
    Processes {
        action: &'static str,
        instance: InstanceId,
        why: String,
    },
    #[error("reach a Docker engine, which runtime = \"docker\" needs: {0}")]
    NoEngine(String),
    #[error("build the image {image}: {why}")]
    Image { image: String, why: String },
    #[error(transparent)]
    Images(#[from] ImagesError),
    #[error(
        "get the image {image}, which the engine lacks: {why}; run `docker pull {image}` where a \
         registry is in reach, or set {variable} to an image that the engine has; \
         .ci/images/build makes stand-ins, and `shakedown doctor` lists all images needed"
    )]
    NoImage {
        image: String,
        why: String,
        variable: String,
    },
    #[error("create the network {name}: {why}")]
    Network { name: String, why: String },
    #[error("run {0} in a container: its command must begin with {{exe}}")]
    NotInImage(String),
    #[error("{action} the container of {instance}: {why}")]
    Container {
        action: &'static str,
        instance: InstanceId,
        why: String,
    },
}
