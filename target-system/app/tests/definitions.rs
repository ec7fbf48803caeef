//! The target definitions and the call graph of the shop.

use shop_app::{Stores, callgraph, definition, shapes};
use shop_contracts::Context;
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
    let text = definition(shape, Stores::Embedded).expect("the shape is one of the shop's");
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
fn the_harness_fills_in_every_placeholder() {
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

fn on_stores(shape: &str, stores: Stores) -> Table {
    let text = definition(shape, stores).expect("the shape is one of the shop's");
    text.parse().expect("a definition is TOML")
}

fn used(service: &Table) -> Vec<(&str, Vec<&str>)> {
    let used = service.get("use").and_then(toml::Value::as_array);
    let used = used.into_iter().flatten().filter_map(toml::Value::as_table);
    used.map(|one| {
        (
            one["service"].as_str().expect("a name"),
            strings(&one["args"]),
        )
    })
    .collect()
}

/// All contexts except the gateway, which stores nothing, cart, which is on Redis, and the
/// provider, which is external.
fn own_servers() -> usize {
    Context::ALL.len() - 3
}

#[test]
fn every_process_with_data_has_its_own_server_and_carts_are_on_redis() {
    let definition = on_stores("microservices", Stores::Server);
    let services = services(&definition);
    let images = |name: &str| {
        let is_it = |service: &&(&str, &Table)| {
            let image = service.1.get("image").and_then(toml::Value::as_table);
            image.is_some_and(|image| image["name"].as_str() == Some(name))
        };
        services.iter().filter(is_it).count()
    };
    assert_eq!(images("postgres"), own_servers());
    assert_eq!(images("redis"), 1);
    assert_eq!(images("rabbitmq"), 1);
    let of = |name: &str| {
        let found = services.iter().find(|(other, _)| *other == name);
        used(found.expect("the shop has it").1)
    };
    assert_eq!(of("cart")[0], ("cart-db", vec!["--store", "{url}/0"]));
    let order = [
        ("order-db", vec!["--store", "{url}/shop"]),
        ("broker", vec!["--bus", "{url}"]),
    ];
    assert_eq!(of("order"), order);
    assert_eq!(of("gateway"), []);
    assert_eq!(of("provider"), []);
}

#[test]
fn the_monolith_has_one_database_server_and_no_broker() {
    for stores in [Stores::Server, Stores::SharedServer] {
        let definition = on_stores("monolith", stores);
        let services = services(&definition);
        assert_eq!(services.len(), 3, "monolith, provider and database");
        let (_, monolith) = services[0];
        assert_eq!(used(monolith)[0].1, ["--store", "{url}/shop"]);
    }
}

#[test]
fn a_shared_server_has_a_database_for_each_process() {
    let definition = on_stores("microservices", Stores::SharedServer);
    let mut urls: Vec<String> = Vec::new();
    for (_, service) in services(&definition) {
        let on_it = used(service).into_iter();
        let on_it = on_it.filter(|(server, _)| *server == "database");
        urls.extend(on_it.map(|(_, args)| args[1].to_owned()));
    }
    assert_eq!(urls.len(), own_servers());
    urls.dedup();
    assert_eq!(urls.len(), own_servers());
}

#[test]
fn payment_calls_the_provider_over_the_network_in_every_shape() {
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
fn an_unknown_shape_has_no_definition() {
    assert_eq!(definition("pyramid", Stores::Embedded), None);
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
