//! The JSON Schema of a scenario file, held to the readers: the same keys, and the same judgement
//! on every file whose mistake is one of form.
//!
//! `UPDATE_GOLDEN=1 cargo test -p harness-scenario` renews the schema; its diff is the review.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use harness_scenario::{DEFAULTS, builtin, builtins, plan, schema};
use serde_json::Value;
use support::{Known, golden, request};

struct Checker {
    schemas: Schemas,
    scenario: SchemaIndex,
}

impl Checker {
    fn new() -> Checker {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler
            .add_resource("scenario.json", schema())
            .expect("it is JSON");
        let scenario = compiler
            .compile("scenario.json", &mut schemas)
            .expect("it is a schema");
        Checker { schemas, scenario }
    }

    fn check(&self, text: &str) -> Result<(), String> {
        let value: Value = toml::from_str(text).map_err(|error| error.to_string())?;
        let checked = self.schemas.validate(&value, self.scenario);
        checked.map_err(|error| error.to_string())
    }
}

#[test]
fn the_schema_in_the_folder_of_scenarios_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/schema.json");
    golden(&path, &format!("{:#}\n", schema()));
}

#[test]
fn the_schema_accepts_every_built_in_scenario() {
    let checker = Checker::new();
    for scenario in builtins() {
        let checked = checker.check(builtin(scenario.name).unwrap());
        assert_eq!(checked, Ok(()), "{}", scenario.name);
    }
}

/// A file that is listed as accepted has a mistake that is found only with its target, its workload
/// or the rest of the file.
#[test]
fn the_broken_files_that_the_schema_refuses_are_under_review() {
    let checker = Checker::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut lines: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            let checked = checker.check(&fs::read_to_string(&path).unwrap());
            let answer = if checked.is_ok() {
                "accepted"
            } else {
                "refused"
            };
            format!(
                "{}: {answer}\n",
                path.file_stem().unwrap().to_string_lossy()
            )
        })
        .collect();
    lines.sort();
    golden(&folder.with_file_name("form.txt"), &lines.concat());
}

/// The keys that the reader of a section knows: an unknown key is answered with a list of them.
fn keys_read(section: &str) -> BTreeSet<String> {
    const NOISE: &str = "qqqqqqqqqqqqqqqqqqqq";
    let (target, load) = ("definition = \"calibrated\"", "workload = \"calibrated\"");
    let inside = |name: &str, text: &str| match section == name {
        true => format!("{text}\n{NOISE} = 1\n"),
        false => format!("{text}\n"),
    };
    let noise = |name: &str| if section == name { NOISE } else { "at" };
    let text = [
        inside("", "name = \"probe\""),
        inside("Target", &format!("[target]\n{target}")),
        inside("Load", &format!("[load]\n{load}")),
        format!("ramp = {{ {} = 1 }}\n", noise("Ramp")),
        format!("steps = {{ {} = 1 }}\n", noise("Steps")),
        inside("Fault", "[[fault]]"),
        "[[fault]]\n".to_owned(),
        format!("latency = {{ {} = 1 }}\n[[fault]]\n", noise("Latency")),
        format!("cpu = {{ {} = 1 }}\n[[fault]]\n", noise("Cpu")),
        format!("memory = {{ {} = 1 }}\n[[fault]]\n", noise("Memory")),
        format!("crash_loop = {{ {} = 1 }}\n", noise("CrashLoop")),
        inside("Budget", "[[budget]]"),
        inside("Judgement", "[judgement]"),
    ];
    let text = text.concat();
    let diagnostics = plan(&request("probe", &text), &Known).expect_err("it holds noise");
    let answer = diagnostics
        .list()
        .iter()
        .find(|one| one.message.contains(NOISE));
    let answer = answer.unwrap_or_else(|| panic!("{section} passes an unknown key:\n{text}"));
    let keys = answer.remedy.strip_prefix("known keys: ").expect("a list");
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_schema_has_exactly_the_keys_that_are_read() {
    let schema = schema();
    let defined = schema["$defs"].as_object().unwrap();
    let tables = defined
        .iter()
        .filter(|(_, one)| one["properties"].is_object());
    let tables = tables.map(|(name, one)| (name.as_str(), one));
    let mut sections = 0;
    for (name, definition) in tables.chain([("", &schema)]) {
        let properties = definition["properties"].as_object().unwrap();
        let stated: BTreeSet<String> = properties.keys().cloned().collect();
        assert_eq!(stated, keys_read(name), "[{name}]");
        sections += 1;
    }
    assert_eq!(sections, 12);
}

#[test]
fn every_key_says_what_it_means() {
    let schema = schema();
    let described = |name: &str, property: &Value| {
        let target = property["$ref"].as_str().unwrap_or_default();
        let target = schema.pointer(target.trim_start_matches('#'));
        let own = property["description"].is_string();
        own || target
            .is_some_and(|one| one["properties"].is_object() && one["description"].is_string())
            || panic!("{name} has no description")
    };
    let defined = schema["$defs"].as_object().unwrap();
    for (name, definition) in defined.iter().chain([(&String::new(), &schema)]) {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(described(&format!("[{name}] {key}"), property));
        }
    }
}

#[test]
fn every_default_of_a_scenario_is_in_the_schema() {
    let schema = schema();
    let defaults: Value = toml::from_str(DEFAULTS).unwrap();
    let mut stated = 0;
    for (section, values) in defaults.as_object().unwrap() {
        let places: Vec<(&str, &Value)> = match section.as_str() {
            "workload" | "plan" => continue,
            "fault" => vec![("/$defs/Latency", &values["latency"])],
            "target" => vec![("/$defs/Target", values)],
            "load" => vec![("/$defs/Load", values)],
            "budget" => vec![("/$defs/Budget", values)],
            "judgement" => vec![("/$defs/Judgement", values)],
            own => {
                assert_eq!(&schema["properties"][own]["default"], values, "{own}");
                continue;
            }
        };
        for (place, values) in places {
            for (key, value) in values.as_object().unwrap() {
                // Stores have a default for each runtime, which a schema cannot state.
                if value.is_object() {
                    continue;
                }
                let property = schema.pointer(place).unwrap()["properties"].get(key);
                assert_eq!(&property.unwrap()["default"], value, "{place} {key}");
                stated += 1;
            }
        }
    }
    assert!(stated >= 15, "{stated}");
}

/// A default that is not read would be 0.
#[test]
fn what_a_scenario_leaves_out_is_as_the_defaults_say() {
    let text = "name = \"short\"\n[target]\ndefinition = \"calibrated\"\n[load]\n\
                workload = \"calibrated\"\nmix = \"steady\"\nduration = \"9s\"\nrate = \"1/s\"\n";
    let plan = plan(&request("short", text), &Known).unwrap();
    let defaults: Value = toml::from_str(DEFAULTS).unwrap();
    let (load, judged) = (&defaults["load"], &defaults["judgement"]);
    let ns = |value: &Value| {
        let text = value.as_str().unwrap();
        let letters = text.trim_end_matches(char::is_alphabetic).len();
        let scale = match &text[letters..] {
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            unit => panic!("{unit}"),
        };
        text[..letters].parse::<u64>().unwrap() * scale
    };
    let share = |value: &Value| {
        let text = value.as_str().unwrap().trim_end_matches('%');
        text.parse::<f64>().unwrap() / 100.0
    };
    assert_eq!(defaults["seed"], plan.seed.0);
    assert_eq!(defaults["target"]["runtime"], plan.target.runtime.name());
    assert_eq!(
        ns(&defaults["target"]["ready_within"]),
        plan.target.ready_within_ns
    );
    assert_eq!(load["pool"], plan.load.pool);
    assert_eq!(ns(&load["timeout"]), plan.load.timeout_ns);
    assert_eq!(ns(&load["patience"]), plan.load.patience_ns);
    assert_eq!(ns(&load["idle"]), plan.load.idle_ns);
    assert_eq!(ns(&load["lateness_limit"]), plan.load.lateness_limit_ns);
    assert_eq!(ns(&judged["bucket"]), plan.judgement.bucket_ns);
    assert_eq!(ns(&judged["hold"]), plan.judgement.hold_ns);
    assert_eq!(ns(&judged["deadline"]), plan.judgement.deadline_ns);
    assert_eq!(share(&judged["band_floor"]), plan.judgement.band_floor);
    assert_eq!(
        share(&judged["min_trace_coverage"]),
        plan.judgement.min_trace_coverage
    );
    assert_eq!(share(&judged["confidence"]), plan.judgement.confidence);
}
