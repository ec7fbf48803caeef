//! What the shop says of itself: target definitions and the call graph.

use shop_app::{callgraph, definition, shapes};
use std::path::Path;
use toml::Table;

const PLACEHOLDERS: [&str; 9] = [
    "{exe}",
    "{seed}",
    "{cache}",
    "{data}",
    "{settings}",
    "{listen}",
    "{otlp}",
    "{callee}={url}",
    "--route",
];

fn parsed(shape: &str) -> Table {
    let text = definition(shape).expect("the shape is one of the shop's");
    text.parse().expect("a definition is TOML")
}

fn strings(value: &toml::Value) -> Vec<&str> {
    let list = value.as_array().expect("it is a list");
    list.iter()
        .map(|item| item.as_str().expect("of strings"))
        .collect()
}

fn services(definition: &Table) -> Vec<(&str, &Table)> {
    let services = definition["service"]
        .as_array()
        .expect("there are services");
    let tables = services.iter().filter_map(toml::Value::as_table);
    tables
        .map(|service| (service["name"].as_str().expect("a name"), service))
        .collect()
}

#[test]
fn every_service_calls_only_services_of_the_same_shape_and_never_itself() {
    for shape in shapes() {
        let definition = parsed(shape);
        let services = services(&definition);
        for (name, service) in &services {
            for callee in strings(&service["calls"]) {
                assert_ne!(callee, *name, "{shape}");
                assert!(
                    services.iter().any(|(other, _)| *other == callee),
                    "{shape}: {callee}"
                );
            }
        }
    }
}

#[test]
fn every_placeholder_is_one_that_the_harness_fills_in() {
    for shape in shapes() {
        let definition = parsed(shape);
        let mut words = strings(&definition["prepare"]);
        for (_, service) in services(&definition) {
            words.extend(strings(&service["command"]));
            words.extend(strings(&service["route_args"]));
        }
        let unknown = words
            .iter()
            .find(|word| word.contains('{') && !PLACEHOLDERS.contains(word));
        assert_eq!(unknown, None, "{shape}");
    }
}

#[test]
fn payment_reaches_the_outside_world_over_the_network_in_every_shape() {
    for shape in shapes() {
        let definition = parsed(shape);
        let hosts_payment = |service: &Table| strings(&service["hosts"]).contains(&"payment");
        let services = services(&definition);
        let (_, host) = services
            .iter()
            .find(|(_, service)| hosts_payment(service))
            .unwrap();
        assert!(strings(&host["calls"]).contains(&"provider"), "{shape}");
    }
}

#[test]
fn there_is_no_definition_of_a_shape_that_does_not_exist() {
    assert_eq!(definition("pyramid"), None);
}

/// Run with `UPDATE_GOLDEN=1` to accept a change of the call graph, and have it reviewed.
#[test]
fn the_call_graph_is_the_one_under_review() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../callgraph.golden");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, callgraph()).unwrap();
    }
    assert_eq!(callgraph(), std::fs::read_to_string(&golden).unwrap());
}
