//! Why a target did not come up.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("use port {port} for service {service}: it is taken")]
    PortBusy { port: u16, service: String },
    #[error("find a free port between {from} and {to}")]
    NoPort { from: u16, to: u16 },
    #[error("reach an external target without a url")]
    NoUrl,
    #[error("find service {0}")]
    NoService(String),
    #[error("find a command for {0}")]
    NoCommand(String),
    #[error("write {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("start {service}: {source}")]
    Spawn { service: String, source: io::Error },
    #[error("prepare the target ({status}){tail}")]
    Prepare { status: String, tail: String },
    #[error("see {service} ready: it ended ({status}){tail}")]
    Exited {
        service: String,
        status: String,
        tail: String,
    },
    #[error("see {service} ready within {within_ms} ms{tail}")]
    NotReady {
        service: String,
        within_ms: u128,
        tail: String,
    },
    #[error("see {0} end after it was killed")]
    StillAlive(String),
}
