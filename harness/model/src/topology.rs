//! The target as it runs: processes, addresses and the edges between them.
//!
//! Filled by a deployer, written to the archive as an event, read by everyone else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Edge;

/// Where everything is. Addresses are `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Topology {
    /// The service that shoppers talk to, and the base URL they use (through a proxy if there is
    /// one on that edge).
    pub entry: String,
    pub base_url: String,
    pub services: Vec<RunningService>,
    pub edges: Vec<RunningEdge>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningService {
    pub name: String,
    pub hosts: Vec<String>,
    /// Its own listening address.
    pub address: String,
    pub pid: Option<u32>,
    /// Path of its Prometheus metrics.
    pub metrics: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningEdge {
    #[serde(flatten)]
    pub edge: Edge,
    /// The proxy's listening address when the edge has one.
    pub proxy: Option<String>,
    pub upstream: String,
}

impl Topology {
    pub fn service(&self, name: &str) -> Option<&RunningService> {
        self.services.iter().find(|service| service.name == name)
    }
}
