//! The built-in scenarios, planned against the shop.
//!
//! `tests/shop/*.toml` are the shop's own definitions; `cargo run -p shop-app --example shop --
//! definition --shape S` prints them anew. A context that is not mounted yet calls no other, so
//! there are two questions: does a scenario fit the call graph that the shop is agreed to have, and
//! does it fit the one it has today?

mod support;

use std::path::Path;

use harness_model::Plan;
use harness_model::load::Mix;
use harness_model::workload::Draw;
use harness_scenario::{
    Diagnostics, Request, Sources, Stores, builtin, builtin_workload, builtins, plan,
};
use sha2::{Digest, Sha256};
use support::{Known, MICROSERVICES, MONOLITH, golden, request};

/// Who calls whom across processes once every context is mounted, as the shop's design has it.
/// Written by hand: it is the plan for the shop, not taken from the shop.
const AGREED: [(&str, &[&str]); 8] = [
    (
        "gateway",
        &[
            "identity",
            "catalog",
            "search",
            "cart",
            "inventory",
            "order",
            "payment",
            "shipping",
            "notification",
        ],
    ),
    ("identity", &["notification"]),
    ("catalog", &["search"]),
    ("search", &["catalog"]),
    ("cart", &["catalog"]),
    (
        "order",
        &[
            "catalog",
            "cart",
            "inventory",
            "payment",
            "shipping",
            "notification",
        ],
    ),
    ("payment", &["provider"]),
    ("shipping", &["notification"]),
];

/// The shop with the agreed call graph; everything else is as the shop defines it.
struct Agreed;

impl Sources for Agreed {
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String> {
        if name != "microservices" || stores == Some(Stores::Server) {
            return Known.definition(name, stores);
        }
        let mut shop: toml::Table = MICROSERVICES.parse().expect("the shop prints TOML");
        for service in shop["service"].as_array_mut().expect("a list") {
            let service = service.as_table_mut().expect("of tables");
            let name = service["name"].as_str().expect("with names").to_owned();
            if let Some((_, calls)) = AGREED.iter().find(|(caller, _)| *caller == name) {
                let calls: Vec<toml::Value> = calls.iter().map(|one| (*one).into()).collect();
                service.insert("calls".to_owned(), calls.into());
            }
        }
        Ok(toml::to_string(&shop).expect("what was TOML is TOML"))
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        Known.workload(name)
    }
}

fn planned(name: &str, sources: &dyn Sources) -> Result<Plan, Diagnostics> {
    plan(
        &request(name, builtin(name).expect("it is built in")),
        sources,
    )
}

#[test]
fn every_built_in_scenario_plans_cleanly_on_the_agreed_call_graph() {
    for scenario in builtins() {
        if let Err(diagnostics) = planned(scenario.name, &Agreed) {
            panic!("{diagnostics}");
        }
    }
}

/// Run with `UPDATE_GOLDEN=1` after the shop's definitions were printed anew, and read the diff:
/// a scenario that is refused here cannot be run on the shop as it is.
#[test]
fn what_the_shop_of_today_can_be_asked_is_under_review() {
    let lines = builtins().iter().map(|scenario| {
        let source = format!("{}.toml", scenario.name);
        let request = request(&source, builtin(scenario.name).unwrap());
        match plan(&request, &Known) {
            Ok(_) => format!("{}: plans cleanly\n", scenario.name),
            Err(diagnostics) => format!("{}: refused\n{diagnostics}\n", scenario.name),
        }
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop/today.txt");
    golden(&path, &lines.collect::<String>());
}

/// A digest, because a plan is long; `shakedown plan NAME --json` shows what has changed in it.
/// `UPDATE_GOLDEN=1` renews the digests.
#[test]
fn every_built_in_scenario_is_the_same_plan_byte_for_byte() {
    let lines = builtins().iter().map(|scenario| {
        let plan = planned(scenario.name, &Known).unwrap();
        let digest = Sha256::digest(serde_json::to_string(&plan).unwrap());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}: {hex}\n", scenario.name)
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop/plans.txt");
    golden(&path, &lines.collect::<String>());
}

#[test]
fn the_agreed_call_graph_holds_every_call_the_shop_already_makes() {
    let shop: toml::Table = MICROSERVICES.parse().unwrap();
    for service in shop["service"].as_array().unwrap() {
        let name = service["name"].as_str().unwrap();
        let agreed = AGREED.iter().find(|(caller, _)| *caller == name);
        for callee in service["calls"].as_array().unwrap() {
            let callee = callee.as_str().unwrap();
            assert!(
                agreed.is_some_and(|(_, calls)| calls.contains(&callee)),
                "{name} -> {callee}"
            );
        }
    }
    assert!(MONOLITH.contains("calls = [\"provider\"]"));
}

#[test]
fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
    let json = |seed, text| {
        let request = Request {
            seed: Some(seed),
            ..request("built-in", text)
        };
        serde_json::to_string(&plan(&request, &Agreed).unwrap()).unwrap()
    };
    for scenario in builtins() {
        let text = builtin(scenario.name).unwrap();
        assert_eq!(json(7, text), json(7, text), "{}", scenario.name);
        assert_ne!(json(7, text), json(8, text), "{}", scenario.name);
    }
}

#[test]
fn the_list_says_what_the_files_say() {
    for scenario in builtins() {
        let plan = planned(scenario.name, &Agreed).unwrap();
        assert_eq!(plan.scenario, scenario.name);
        assert_eq!(plan.purpose, scenario.purpose);
        let text = builtin(scenario.name).unwrap();
        assert!(text.starts_with("# "), "{}", scenario.name);
    }
}

#[test]
fn a_hundred_thousand_calls_are_split_exactly_and_never_dropped_early() {
    for name in ["hundred-thousand", "hundred-thousand-monolith"] {
        let load = planned(name, &Agreed).unwrap().load;
        let Mix::Calls { mut counts } = load.mix else {
            panic!("{name} makes journeys");
        };
        counts.sort();
        let expected = [
            ("customer".to_owned(), 20_000),
            ("order".to_owned(), 20_000),
            ("pay".to_owned(), 30_000),
            ("ship-create".to_owned(), 30_000),
        ];
        assert_eq!(counts, expected);
        assert_eq!(load.requests, Some(100_000));
        assert!(load.patience_ns > load.duration_ns);
        assert_eq!(load.workload.prelude, ["service-token", "login"]);
    }
}

#[test]
fn a_killed_payment_is_watched_on_every_edge_into_it() {
    let plan = planned("quickstart", &Agreed).unwrap();
    let watched = plan.fault("payment-killed").unwrap().watched.iter();
    let watched: Vec<String> = watched.map(ToString::to_string).collect();
    assert_eq!(watched, ["gateway -> payment", "order -> payment"]);
    let phases: Vec<&str> = plan.phases.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        phases,
        [
            "warmup",
            "baseline",
            "fault:payment-killed",
            "after:payment-killed",
            "fault:slow-stock",
            "after:slow-stock"
        ]
    );
}

/// A step that needs a capture of a later step would fail in every session.
#[test]
fn every_journey_of_the_shop_has_its_values_before_it_needs_them() {
    let workload = planned("quickstart", &Agreed).unwrap().load.workload;
    for journey in &workload.journeys {
        let mut known: Vec<&str> = workload.draws.keys().map(String::as_str).collect();
        for step in &journey.steps {
            let mut named = workload.operations.iter();
            let operation = named.find(|one| one.name == step.operation).unwrap();
            let texts = operation.headers.values().chain(&operation.body);
            for text in texts.chain([&operation.path]) {
                for captured in ["category", "cart", "token", "order", "tracking"] {
                    let needed = text.contains(&format!("{{{captured}}}"));
                    assert!(
                        !needed || known.contains(&captured),
                        "{}: {} needs {captured}",
                        journey.name,
                        operation.name
                    );
                }
            }
            known.extend(operation.capture.keys().map(String::as_str));
        }
    }
    assert!(builtin_workload("shop").is_some());
}

#[test]
fn a_shop_of_another_size_is_asked_for_what_it_has() {
    let smoke = builtin("smoke").expect("it is built in");
    let small = format!("{smoke}\n[target.data]\nproducts = 40\ncustomers = 30\n");
    let sizes = |text: &str| {
        let planned = plan(&request("smoke", text), &Agreed).expect("it plans");
        ["product", "customer", "anyone"].map(|name| match planned.load.workload.draws[name] {
            Draw::Zipf { n, .. } => n,
            Draw::Uniform { to, .. } => to,
            _ => 0,
        })
    };
    assert_eq!(sizes(smoke), [10_000, 20_000, 20_000]);
    assert_eq!(sizes(&small), [40, 30, 30]);
}
