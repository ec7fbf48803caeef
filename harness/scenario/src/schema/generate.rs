//! The JSON Schema of a scenario file: its form, with the defaults and the choices put in.
//!
//! It must not know what a key means.

use harness_model::{FaultKind, Measure};
use serde_json::{Value, json};

use super::form::Scenario;
use crate::defaults::DEFAULTS;

/// Where the defaults of each definition of the schema stand.
const DEFAULTED: [(&str, &str); 5] = [
    ("Target", "/target"),
    ("Load", "/load"),
    ("Latency", "/fault/latency"),
    ("Budget", "/budget"),
    ("Judgement", "/judgement"),
];

/// The JSON Schema of a scenario file (draft 2020-12), for editors and scripts. A file that it
/// accepts can still name what does not exist.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Scenario).to_value();
    forbid_null(&mut schema);
    let defaults = toml::from_str::<Value>(DEFAULTS).unwrap_or_default();
    state(&mut schema, &defaults);
    for (name, path) in DEFAULTED {
        let values = defaults.pointer(path).unwrap_or(&Value::Null);
        state(&mut schema["$defs"][name], values);
    }
    let kinds = FaultKind::ALL.map(|kind| kind.name());
    let measures = Measure::ALL.map(Measure::name);
    let choices: [(&str, &[&[&str]]); 4] = [
        ("Target", &[&["shape", "definition", "url"]]),
        (
            "Load",
            &[
                &["rate", "users", "ramp", "steps"],
                &["mix", "journeys", "calls"],
            ],
        ),
        ("Fault", &[&kinds]),
        ("Budget", &[&measures]),
    ];
    for (name, groups) in choices {
        let choices: Vec<Value> = groups.iter().map(|keys| one_of(keys)).collect();
        schema["$defs"][name]["allOf"] = choices.into();
    }
    if let Some(choices) = schema["$defs"]["Load"]["allOf"].as_array_mut() {
        choices.push(json!({ "anyOf": [{ "required": ["duration"] }, { "required": ["steps"] }] }));
        choices.push(json!({ "not": { "required": ["mix", "prelude"] } }));
    }
    schema
}

/// Exactly one of these keys is given.
fn one_of(keys: &[&str]) -> Value {
    let given: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "required": [key] }))
        .collect();
    json!({ "oneOf": given })
}

/// Writes each value as the default of the property of its name.
fn state(definition: &mut Value, defaults: &Value) {
    for (key, default) in defaults.as_object().into_iter().flatten() {
        if default.is_object() {
            continue;
        }
        if let Some(property) = definition["properties"].get_mut(key) {
            property["default"] = default.clone();
        }
    }
}

/// TOML has no null: an optional key is left out.
fn forbid_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for key in ["type", "enum"] {
                if let Some(Value::Array(values)) = members.get_mut(key) {
                    values.retain(|value| *value != json!("null") && !value.is_null());
                    if let ([only], "type") = (&values[..], key) {
                        let only = only.clone();
                        members.insert(key.to_owned(), only);
                    }
                }
            }
            if let Some(Value::Array(variants)) = members.get_mut("anyOf") {
                variants.retain(|one| *one != json!({ "type": "null" }));
                if let [only] = &variants[..] {
                    let only = only.clone();
                    members.remove("anyOf");
                    members.extend(only.as_object().cloned().unwrap_or_default());
                }
            }
            members.values_mut().for_each(forbid_null);
        }
        Value::Array(members) => members.iter_mut().for_each(forbid_null),
        _ => {}
    }
}
