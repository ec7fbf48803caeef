//! What a target system is, as far as the harness needs to know it.
//!
//! A *target definition* says what to start, how it is ready and which calls cross process
//! borders. The reference shop prints its own; a user writes one for another system. It must not
//! know addresses, processes or any run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A system the harness can start: services, their edges, and the settings a scenario may change.
///
/// Commands may hold the placeholders `{exe}` (the shakedown binary), `{listen}` (`host:port`),
/// `{data}` (a private folder of this run), `{cache}` (a folder kept between runs), `{otlp}` (the
/// harness's OTLP/gRPC endpoint), `{seed}` and `{settings}` (the merged settings as JSON).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetDefinition {
    pub format: String,
    pub name: String,
    /// The service that shoppers talk to.
    pub entry: String,
    /// Run once to its end before the services start, for example to lay out data.
    #[serde(default)]
    pub prepare: Vec<String>,
    /// Section -> key -> default; a scenario may override values of the same type.
    #[serde(default)]
    pub settings: BTreeMap<String, BTreeMap<String, SettingValue>>,
    #[serde(rename = "service")]
    pub services: Vec<ServiceDefinition>,
}

/// One process of the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDefinition {
    pub name: String,
    /// The logical services (contexts) that live in this process; a fault may name any of them.
    pub hosts: Vec<String>,
    pub command: Vec<String>,
    /// Appended to the command once per callee, with `{callee}` and `{url}` filled in.
    #[serde(default)]
    pub route_args: Vec<String>,
    /// The processes it calls over the network.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Path that answers 200 when the service is ready.
    pub ready: String,
    /// Path of its Prometheus metrics, if it has them.
    #[serde(default)]
    pub metrics: Option<String>,
    /// A fixed port instead of a free one.
    #[serde(default)]
    pub port: Option<u16>,
}

/// A setting's value; durations are strings such as `"800ms"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl TargetDefinition {
    pub fn service(&self, name: &str) -> Option<&ServiceDefinition> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The process that hosts a logical service (or is itself called so).
    pub fn host_of(&self, logical: &str) -> Option<&ServiceDefinition> {
        self.service(logical).or_else(|| {
            self.services
                .iter()
                .find(|service| service.hosts.iter().any(|host| host == logical))
        })
    }
}
