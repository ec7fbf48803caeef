//! The target definition: what a harness needs to start and observe a shape.
//!
//! It is generated from the shape and from the constants of the contexts, so it cannot drift apart
//! from them. It must not know any context's rules.

use crate::modules::subscriptions;
use crate::world::default_settings;
use crate::{Shape, ShapeProcess, ShopError, Stores};
use serde::Serialize;
use shop_calls::RemoteKind;
use shop_contracts::Context;
use toml::Table;

#[derive(Serialize)]
struct Definition {
    format: &'static str,
    name: String,
    entry: String,
    stores: String,
    prepare: Vec<String>,
    settings: Table,
    backlog_metric: &'static str,
    telemetry: Telemetry,
    service: Vec<Table>,
    invariant: Vec<Invariant>,
}

/// The names in the shop's telemetry that a harness needs.
#[derive(Serialize)]
struct Telemetry {
    spans_ended: &'static str,
    spans_exported: &'static str,
    spans_dropped: &'static str,
    requests_in_flight: &'static str,
    held_back: [&'static str; 2],
}

/// A relation that the audits of all processes must satisfy.
#[derive(Serialize)]
struct Invariant {
    name: &'static str,
    left: String,
    is: &'static str,
    right: String,
}

#[derive(Serialize)]
struct Service {
    name: String,
    hosts: Vec<Context>,
    command: Vec<String>,
    route_args: [&'static str; 2],
    calls: Vec<String>,
    ready: &'static str,
    metrics: &'static str,
    audit: &'static str,
    #[serde(rename = "use", skip_serializing_if = "Vec::is_empty")]
    uses: Vec<Table>,
}

/// The target definition of a shape as TOML; `None` when there is no such shape.
#[must_use]
pub fn definition(shape: &str, stores: Stores) -> Option<String> {
    let shape = Shape::named(shape).ok()?;
    write(&shape, stores).ok()
}

fn write(shape: &Shape, stores: Stores) -> Result<String, ShopError> {
    let processes = shape.processes.iter();
    let processes = processes.map(|process| Table::try_from(service(shape, process, stores)));
    let mut services = processes.collect::<Result<Vec<_>, _>>()?;
    services.extend(stores.servers(shape)?);
    let definition = Definition {
        format: "1.0",
        name: format!("shop/{}", shape.name),
        entry: shape.entry.clone(),
        stores: stores.described(shape),
        prepare: words(&[
            "{exe} shop seed --shape",
            &shape.name,
            "--seed {seed} --cache {cache} --data {data} --settings {settings}",
        ]),
        settings: plain(default_settings()?.table()),
        backlog_metric: "outbox_depth",
        telemetry: Telemetry {
            spans_ended: "telemetry_spans_ended_total",
            spans_exported: "telemetry_spans_exported_total",
            spans_dropped: "telemetry_spans_dropped_total",
            requests_in_flight: "http_server_active_requests",
            held_back: [RemoteKind::BreakerOpen, RemoteKind::Bulkhead].map(RemoteKind::name),
        },
        service: services,
        invariant: invariants(),
    };
    Ok(toml::to_string(&definition)?)
}

/// In every shape an acknowledged order is kept, announced once and paid for once. `ok:` names
/// operations of the shop's workload.
fn invariants() -> Vec<Invariant> {
    let subscriptions = subscriptions();
    let publishes = |context: &&Context| !subscriptions.to(**context).is_empty();
    let outboxes = Context::ALL.iter().filter(publishes);
    let outboxes: Vec<String> = outboxes.map(|one| format!("{one}.outbox")).collect();
    let invariant = |name, left: &str, is, right: &str| Invariant {
        name,
        left: left.to_owned(),
        is,
        right: right.to_owned(),
    };
    vec![
        invariant(
            "every acknowledged order is kept",
            "order.placed",
            "at-least",
            "ok:order + ok:place-order",
        ),
        invariant(
            "every placed order is announced",
            "notification.order-placed",
            "equal",
            "order.placed",
        ),
        invariant(
            "no order is announced twice",
            "notification.doubled",
            "equal",
            "0",
        ),
        invariant(
            "our ledger agrees with the provider's",
            "payment.captured",
            "equal",
            "provider.captured",
        ),
        invariant("no event waits", &outboxes.join(" + "), "equal", "0"),
    ]
}

/// The settings that a scenario may override: single values. Lists, such as identity's clients,
/// cannot be overridden.
fn plain(settings: &Table) -> Table {
    let single = |value: &toml::Value| !(value.is_array() || value.is_table());
    let section = |(name, section): (&String, &toml::Value)| {
        let values = section.as_table()?.iter();
        let kept: Table = values
            .filter(|(_, value)| single(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Some((name.clone(), kept.into()))
    };
    settings.iter().filter_map(section).collect()
}

fn service(shape: &Shape, process: &ShapeProcess, stores: Stores) -> Service {
    let callees = shape.callees(process, stores.has_broker(shape, process));
    Service {
        name: process.name.clone(),
        hosts: process.contexts.clone(),
        command: words(&[
            "{exe} shop serve --shape",
            &shape.name,
            "--process",
            &process.name,
            "--listen {listen} --data {data} --otlp {otlp} --seed {seed} --settings {settings}",
        ]),
        route_args: ["--route", "{callee}={url}"],
        calls: callees.iter().map(|callee| callee.name.clone()).collect(),
        ready: "/readyz",
        metrics: "/metrics",
        audit: "/audit",
        uses: stores.uses(shape, process),
    }
}

fn words(phrases: &[&str]) -> Vec<String> {
    phrases
        .iter()
        .flat_map(|phrase| phrase.split(' '))
        .map(str::to_owned)
        .collect()
}
