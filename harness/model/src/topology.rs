//! The target as it runs: processes, addresses and the edges between them.
//!
//! Filled by a deployer, written to the archive as an event, read by everyone else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Edge;

/// Where everything is. Addresses are `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Topology {
    /// The name of the service that shoppers talk to.
    pub entry: String,
    /// The base URL that shoppers use: that of a proxy, if there is one on this edge.
    pub base_url: String,
    pub services: Vec<RunningService>,
    pub edges: Vec<RunningEdge>,
}

/// A service as it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningService {
    pub name: String,
    /// The logical services that live in it.
    pub hosts: Vec<String>,
    /// Its own listening address.
    pub address: String,
    /// Its process on this machine, when it was started.
    pub pid: Option<u32>,
    /// Path of its metrics in Prometheus' text format, if it has them.
    pub metrics: Option<String>,
}

/// A call path as it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningEdge {
    #[serde(flatten)]
    pub edge: Edge,
    /// The proxy's listening address when the edge has one.
    pub proxy: Option<String>,
    /// The callee's own address, to which a proxy passes traffic on.
    pub upstream: String,
}

impl Topology {
    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&RunningService> {
        self.services.iter().find(|service| service.name == name)
    }
}
