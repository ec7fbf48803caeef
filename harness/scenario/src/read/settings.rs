//! `[target.SECTION]`: the target's settings, with what the scenario overrides.

use harness_model::TargetDefinition;
use harness_model::definition::{SettingValue, Settings};

use crate::syntax::{Diagnostics, Node, Table, Value, duration_ns, unknown};

/// The definition's defaults with the scenario's `[target.SECTION]` tables merged in.
pub fn read(
    table: &Table,
    definition: &TargetDefinition,
    diagnostics: &mut Diagnostics,
) -> Settings {
    let mut merged = definition.settings.clone();
    for (name, values) in &mut merged {
        let Some((
            _,
            Node {
                value: Value::Table(overrides),
                ..
            },
        )) = table.get(name)
        else {
            continue;
        };
        for (key, (at, node)) in overrides {
            match values.get_mut(key) {
                None => {
                    let known = definition.settings[name].keys().map(String::as_str);
                    unknown(&format!("setting of {name}"), key, at, known, diagnostics);
                }
                Some(default) => override_setting(key, default, node, diagnostics),
            }
        }
    }
    merged
}

fn override_setting(
    key: &str,
    default: &mut SettingValue,
    node: &Node,
    diagnostics: &mut Diagnostics,
) {
    let is_duration = |text: &str| duration_ns(text).is_some();
    let value = match (&*default, &node.value) {
        (SettingValue::Bool(_), Value::Bool(truth)) => Some(SettingValue::Bool(*truth)),
        (SettingValue::Integer(_), Value::Integer(number)) => Some(SettingValue::Integer(*number)),
        (SettingValue::Float(_), Value::Float(number)) => Some(SettingValue::Float(*number)),
        (SettingValue::Float(_), Value::Integer(n)) => Some(SettingValue::Float(*n as f64)),
        (SettingValue::Text(old), Value::Text(new)) if is_duration(old) == is_duration(new) => {
            Some(SettingValue::Text(new.clone()))
        }
        _ => None,
    };
    match value {
        Some(value) => *default = value,
        None => {
            let message = format!("{key} is {}", node.value.kind());
            diagnostics.add(
                &node.at,
                message,
                format!("it must be like its default, {default}"),
            );
        }
    }
}
