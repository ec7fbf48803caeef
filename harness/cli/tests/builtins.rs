//! The built-in scenarios, planned against the shop as it is: only here are both linked.

use std::cell::RefCell;
use std::path::Path;

use harness_model::load::Mix;
use harness_model::workload::Draw;
use harness_model::{Plan, TargetDefinition};
use harness_scenario::{
    Diagnostics, Request, Sources, Stores, builtin, builtin_workload, builtins, parse_definition,
    plan,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The definitions and workloads inside the binary.
struct BuiltIn;

impl Sources for BuiltIn {
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String> {
        if name == "calibrated" {
            return Ok(harness_fixture::DEFINITION.to_owned());
        }
        let stores = match stores {
            None | Some(Stores::Embedded) => shop_app::Stores::Embedded,
            Some(Stores::Server) => shop_app::Stores::Server,
            Some(Stores::SharedServer) => shop_app::Stores::SharedServer,
        };
        shop_app::definition(name, stores).ok_or_else(|| format!("there is no shape called {name}"))
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        let text = builtin_workload(name).map(str::to_owned);
        text.ok_or_else(|| format!("there is no workload called {name}"))
    }
}

/// A scenario as it stands, nothing overridden.
fn request<'a>(source: &'a str, text: &'a str) -> Request<'a> {
    Request {
        source,
        text,
        sets: &[],
        seed: None,
        runtime: None,
    }
}

fn planned(name: &str) -> Result<Plan, Diagnostics> {
    let text = builtin(name).expect("it is built in");
    plan(&request(name, text), &BuiltIn)
}

/// One that is refused here cannot be run on the shop as it is.
#[test]
fn every_built_in_scenario_plans_cleanly() {
    for scenario in builtins() {
        if let Err(diagnostics) = planned(scenario.name) {
            panic!("{diagnostics}");
        }
    }
}

/// What a plan passes on from the target's definition.
#[test]
fn a_plan_states_its_target_as_the_target_defines_itself() {
    for scenario in builtins() {
        let (plan, definition) = planned_with_definition(scenario.name);
        assert_eq!(plan.target.definition, definition, "{}", scenario.name);
        for (section, defaults) in &definition.settings {
            let settled = plan.target.settings[section].keys();
            assert!(settled.eq(defaults.keys()), "{}: {section}", scenario.name);
        }
        assert!(plan.target.settings.keys().eq(definition.settings.keys()));
    }
}

/// Of all that a scenario decides; what it passes on is the definition's, so that the digests stay
/// when the shop grows. `shakedown plan NAME --json` shows what has changed, `UPDATE_GOLDEN=1`
/// renews them.
#[test]
fn every_built_in_scenario_decides_the_same_byte_for_byte() {
    let lines = builtins().iter().map(|scenario| {
        let digest = Sha256::digest(decided(scenario.name).to_string());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}: {hex}\n", scenario.name)
    });
    let text = lines.collect::<String>();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &text).expect("the golden file is writable");
    }
    assert_eq!(text, std::fs::read_to_string(&golden).unwrap());
}

/// A plan without its target's definition and without the settings that are at their defaults.
fn decided(name: &str) -> Value {
    let (mut plan, definition) = planned_with_definition(name);
    for (section, settings) in &mut plan.target.settings {
        let defaults = &definition.settings[section];
        settings.retain(|key, value| defaults[key] != *value);
    }
    plan.target
        .settings
        .retain(|_, settings| !settings.is_empty());
    let mut plan = serde_json::to_value(plan).expect("a plan is JSON");
    let target = plan["target"].as_object_mut().expect("it has a target");
    target
        .remove("definition")
        .expect("a target has a definition");
    plan
}

/// The plan of a scenario, and the definition of the target that it asked for.
fn planned_with_definition(name: &str) -> (Plan, TargetDefinition) {
    let text = builtin(name).expect("it is built in");
    let asked = Asked::default();
    let plan = plan(&request(name, text), &asked).expect("it plans");
    let definition = parse_definition(name, &asked.0.take()).expect("it can be read");
    (plan, definition)
}

/// What is built in, and which definition was asked for.
#[derive(Default)]
struct Asked(RefCell<String>);

impl Sources for Asked {
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String> {
        let text = BuiltIn.definition(name, stores)?;
        self.0.replace(text.clone());
        Ok(text)
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        BuiltIn.workload(name)
    }
}

#[test]
fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
    let json = |seed, text| {
        let request = Request {
            seed: Some(seed),
            ..request("built-in", text)
        };
        serde_json::to_string(&plan(&request, &BuiltIn).unwrap()).unwrap()
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
        let plan = planned(scenario.name).unwrap();
        assert_eq!(plan.scenario, scenario.name);
        assert_eq!(plan.purpose, scenario.purpose);
        let text = builtin(scenario.name).unwrap();
        assert!(text.starts_with("# "), "{}", scenario.name);
    }
}

#[test]
fn a_hundred_thousand_calls_are_split_exactly_and_never_dropped_early() {
    for name in ["hundred-thousand", "hundred-thousand-monolith"] {
        let load = planned(name).unwrap().load;
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
    let plan = planned("quickstart").unwrap();
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
    let workload = planned("quickstart").unwrap().load.workload;
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
        let planned = plan(&request("smoke", text), &BuiltIn).expect("it plans");
        ["product", "customer", "anyone"].map(|name| match planned.load.workload.draws[name] {
            Draw::Zipf { n, .. } => n,
            Draw::Uniform { to, .. } => to,
            _ => 0,
        })
    };
    assert_eq!(sizes(smoke), [10_000, 20_000, 20_000]);
    assert_eq!(sizes(&small), [40, 30, 30]);
}
