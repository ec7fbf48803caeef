//! The target definition: what a harness must know to start a shape, and no more.
//!
//! It is generated from the shape and from what the contexts say of themselves, so it cannot drift.

use crate::world::default_settings;
use crate::{Shape, ShapeProcess, ShopError};
use serde::Serialize;
use shop_contracts::Context;
use toml::Table;

#[derive(Serialize)]
struct Definition {
    format: &'static str,
    name: String,
    entry: String,
    prepare: Vec<String>,
    settings: Table,
    service: Vec<Service>,
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
}

/// The target definition of a shape as TOML; `None` when there is no such shape.
#[must_use]
pub fn definition(shape: &str) -> Option<String> {
    let shape = Shape::named(shape).ok()?;
    write(&shape).ok()
}

fn write(shape: &Shape) -> Result<String, ShopError> {
    let definition = Definition {
        format: "1.0",
        name: format!("shop/{}", shape.name),
        entry: shape.entry.clone(),
        prepare: words(&[
            "{exe} shop seed --shape",
            &shape.name,
            "--seed {seed} --cache {cache} --data {data} --settings {settings}",
        ]),
        settings: plain(default_settings()?.table()),
        service: shape
            .processes
            .iter()
            .map(|process| service(shape, process))
            .collect(),
    };
    Ok(toml::to_string(&definition)?)
}

/// The settings that a scenario may override: single values. Lists, such as identity's clients,
/// are the shop's own business.
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

fn service(shape: &Shape, process: &ShapeProcess) -> Service {
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
        calls: shape
            .callees(process)
            .iter()
            .map(|callee| callee.name.clone())
            .collect(),
        ready: "/readyz",
        metrics: "/metrics",
    }
}

fn words(phrases: &[&str]) -> Vec<String> {
    phrases
        .iter()
        .flat_map(|phrase| phrase.split(' '))
        .map(str::to_owned)
        .collect()
}
