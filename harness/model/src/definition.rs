//! What a target system is, as far as the harness needs to know it.
//!
//! A *target definition* says what to start, how it is ready and which calls cross process
//! borders. The reference shop prints its own; a user writes one for another system. It must not
//! know addresses, processes or any run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invariant::Invariant;

/// A system the harness can start: services, their edges, and the settings a scenario may change.
///
/// Commands may hold the placeholders `{exe}` (the shakedown binary), `{listen}` (`host:port`),
/// `{data}` (a private folder of this run), `{cache}` (a folder kept between runs), `{otlp}` (the
/// harness's OTLP/gRPC endpoint), `{seed}` and `{settings}` (the merged settings as JSON).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetDefinition {
    pub format: String,
    pub name: String,
    /// The service that shoppers talk to.
    pub entry: String,
    /// What its data is kept in, as reports state it.
    #[serde(default)]
    pub stores: String,
    /// Run once to its end before the services start, for example to lay out data.
    #[serde(default)]
    pub prepare: Vec<String>,
    /// Section -> key -> default; a scenario may override values of the same type.
    #[serde(default)]
    pub settings: BTreeMap<String, BTreeMap<String, SettingValue>>,
    #[serde(rename = "service")]
    pub services: Vec<ServiceDefinition>,
    /// What must hold of the services' audits once a run is over.
    #[serde(default, rename = "invariant", skip_serializing_if = "Vec::is_empty")]
    pub invariants: Vec<Invariant>,
    /// The gauge whose sum says how much work waits; every service that has it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog_metric: Option<String>,
    #[serde(default, skip_serializing_if = "TelemetryNames::is_empty")]
    pub telemetry: TelemetryNames,
}

/// What the target calls those parts of its telemetry that the harness must understand. Whatever
/// is not stated is not looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryNames {
    /// Counter of spans that ended in a service. The three counters together say how many spans
    /// were lost before they were sent; without this one no loss is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans_ended: Option<String>,
    /// Counter of spans that a service has exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans_exported: Option<String>,
    /// Counter of spans that a service gave up on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans_dropped: Option<String>,
    /// Gauge of requests that a service is working on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_in_flight: Option<String>,
    /// The `error.type` of client spans whose call was never sent, such as that of an open circuit
    /// breaker.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held_back: Vec<String>,
}

impl TelemetryNames {
    pub fn is_empty(&self) -> bool {
        *self == TelemetryNames::default()
    }
}

/// One service of the target: a process of this machine, or a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDefinition {
    pub name: String,
    /// The logical services (contexts) that live in it; a fault may name any of them.
    pub hosts: Vec<String>,
    /// Program and arguments; arguments alone for a service that comes as an image.
    #[serde(default)]
    pub command: Vec<String>,
    /// Appended to the command once per callee, with `{callee}` and `{url}` filled in.
    #[serde(default)]
    pub route_args: Vec<String>,
    /// The services it calls over HTTP.
    #[serde(default)]
    pub calls: Vec<String>,
    /// The databases and brokers it talks to.
    #[serde(default, rename = "use")]
    pub uses: Vec<Use>,
    pub ready: Ready,
    /// Path of its Prometheus metrics, if it has them.
    #[serde(default)]
    pub metrics: Option<String>,
    /// Path of its audit, a JSON object of counts; `order.placed` is one of whatever service hosts
    /// `order`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<String>,
    /// A fixed port instead of a free one.
    #[serde(default)]
    pub port: Option<u16>,
    /// Where it comes from, if not from the shakedown binary or this machine; for containers only.
    #[serde(default)]
    pub image: Option<Image>,
}

/// A database or broker, as one of its clients is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    pub service: String,
    /// Appended to the command, with `{url}` filled in.
    pub args: Vec<String>,
}

/// A server that somebody else has packed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its entry in the table of images, such as `postgres`.
    pub name: String,
    /// `uid:gid`, never root.
    pub user: String,
    /// Where it listens in its container.
    pub port: u16,
    /// What clients connect to, with `{address}` for `host:port`.
    pub url: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Folders that outlive its death, though not the run.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// Folders in memory; it can write nowhere else.
    #[serde(default)]
    pub scratch: Vec<String>,
}

/// When a service is ready: a path that answers 200, or conditions that come true in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ready {
    Path(String),
    InOrder(Vec<Condition>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A path answers 200.
    Http(String),
    /// It has logged this since it was last started.
    Log(String),
}

impl Ready {
    pub fn conditions(&self) -> Vec<Condition> {
        match self {
            Ready::Path(path) => vec![Condition::Http(path.clone())],
            Ready::InOrder(conditions) => conditions.clone(),
        }
    }
}

impl Default for Ready {
    fn default() -> Ready {
        Ready::InOrder(Vec::new())
    }
}

impl ServiceDefinition {
    /// Everybody it talks to.
    pub fn talks_to(&self) -> impl Iterator<Item = &str> {
        let used = self.uses.iter().map(|used| used.service.as_str());
        self.calls.iter().map(String::as_str).chain(used)
    }
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

impl std::fmt::Display for SettingValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SettingValue::Bool(truth) => write!(f, "{truth}"),
            SettingValue::Integer(number) => write!(f, "{number}"),
            SettingValue::Float(number) => write!(f, "{number}"),
            SettingValue::Text(text) => write!(f, "{text:?}"),
        }
    }
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
