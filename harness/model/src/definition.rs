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
/// harness's OTLP/gRPC endpoint), `{seed}` and `{settings}` (the merged settings as JSON). Every
/// instance finds its name in the environment: `OTEL_RESOURCE_ATTRIBUTES` states it as
/// `service.instance.id`, as OpenTelemetry SDKs expect it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetDefinition {
    /// Version of this format, `major.minor`; 1.0 is read.
    pub format: String,
    /// What reports call the system.
    pub name: String,
    /// The name of the service that shoppers talk to.
    pub entry: String,
    /// What its data is kept in, as reports state it; empty when not stated.
    #[serde(default)]
    pub stores: String,
    /// A command that is run once, to its end, before the services start, for example to create
    /// data; empty for none.
    #[serde(default)]
    pub prepare: Vec<String>,
    /// Section -> key -> default; a scenario may override values of the same type.
    #[serde(default)]
    pub settings: Settings,
    #[serde(rename = "service")]
    pub services: Vec<ServiceDefinition>,
    /// What must hold of the services' audits once a run is over. Run folders of format 1.0 may
    /// call it `law`.
    #[serde(
        default,
        rename = "invariant",
        alias = "law",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub invariants: Vec<Invariant>,
    /// The name of the gauge whose sum over all services is the amount of waiting work.
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
    /// Whether every field is unset: the target names none of its metrics.
    pub fn is_empty(&self) -> bool {
        *self == TelemetryNames::default()
    }
}

/// One service of the target: a process of this machine, or a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDefinition {
    /// Unique in the target; also the `service.name` of its telemetry.
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
    /// When it can take requests.
    pub ready: Ready,
    /// Path of its metrics in Prometheus' text format, if it has them.
    #[serde(default)]
    pub metrics: Option<String>,
    /// Path of its audit, a JSON object of counts; `order.placed` is one of whatever service hosts
    /// `order`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<String>,
    /// A fixed port instead of a free one.
    #[serde(default)]
    pub port: Option<u16>,
    /// The image of a server, for containers only. Without one, the service is a program of this
    /// machine or the shakedown binary.
    #[serde(default)]
    pub image: Option<Image>,
}

/// A database or broker, and how one of its clients learns its address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The name of the database's or broker's service.
    pub service: String,
    /// Appended to the command, with `{url}` filled in.
    pub args: Vec<String>,
}

/// A server that comes as a container image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its entry in the table of images, such as `postgres`.
    pub name: String,
    /// `uid:gid`, never root.
    pub user: String,
    /// The TCP port on which it listens in its container.
    pub port: u16,
    /// What clients connect to, with `{address}` for `host:port`.
    pub url: String,
    /// Environment variables of the container.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Folders that survive a restart of the service, though not the run.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// Folders in memory; elsewhere it can write only to those that it keeps.
    #[serde(default)]
    pub scratch: Vec<String>,
}

/// When a service is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ready {
    /// As soon as this path answers 200.
    Path(String),
    /// When these conditions have come true, one after the other. An empty list is never ready.
    InOrder(Vec<Condition>),
}

/// One condition of being ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// This path answers 200.
    Http(String),
    /// Its log contains this text since its last start.
    Log(String),
}

impl Ready {
    /// The conditions in their order; none means never ready.
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
    /// The names of all services it talks to: those it calls, then databases and brokers.
    pub fn talks_to(&self) -> impl Iterator<Item = &str> {
        let used = self.uses.iter().map(|used| used.service.as_str());
        self.calls.iter().map(String::as_str).chain(used)
    }
}

/// Section -> setting -> value.
pub type Settings = BTreeMap<String, BTreeMap<String, SettingValue>>;

/// A setting's value; durations are strings such as `"800ms"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point.
    Float(f64),
    /// A text; also a duration.
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
    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&ServiceDefinition> {
        self.services.iter().find(|service| service.name == name)
    }

    /// The service that has this name, or else hosts the logical service of this name.
    pub fn host_of(&self, logical: &str) -> Option<&ServiceDefinition> {
        self.service(logical).or_else(|| {
            self.services
                .iter()
                .find(|service| service.hosts.iter().any(|host| host == logical))
        })
    }
}
