//! `[draw.NAME]` of a workload: how a variable gets its value.

use std::collections::BTreeMap;

use harness_model::definition::{SettingValue, Settings};
use harness_model::workload::{Draw, Workload};

use crate::defaults;
use crate::syntax::{Diagnostics, Node, Section};

/// A draw, and the setting of a target that states how many there are.
pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<(Draw, Option<String>)> {
    let table = node.as_table(diagnostics)?;
    let mut section =
        Section::new(table, "a draw", node.at.clone()).or_else(defaults::of("workload.draw"));
    let session = section.flag("session", diagnostics).unwrap_or_default();
    let format = section.text("format", diagnostics).unwrap_or_default();
    let is_of_numbers = section.has("zipf") || section.has("uniform");
    let counted_by = is_of_numbers
        .then(|| section.text("counted_by", diagnostics))
        .flatten();
    let draw = if section.has("zipf") {
        let n = section.integer("zipf", diagnostics);
        Draw::Zipf {
            n: section.above_zero("zipf", n, "there is no rank to draw", diagnostics)?,
            s: section.number("s", diagnostics).unwrap_or_default(),
            format,
            session,
        }
    } else if section.has("uniform") {
        let to = section.integer("uniform", diagnostics)?;
        let from = section.integer("from", diagnostics).unwrap_or_default();
        if from > to {
            let message = format!("there is no number from {from} to {to}");
            diagnostics.add(&section.place("uniform"), message, "");
        }
        Draw::Uniform {
            from,
            to,
            format,
            session,
        }
    } else if section.has("choice") {
        let of = section.texts("choice", diagnostics)?;
        if of.is_empty() {
            diagnostics.add(&section.place("choice"), "there is nothing to choose", "");
        }
        let of = of.into_iter().map(|(text, _)| text).collect();
        Draw::Choice { of, session }
    } else if section.has("unique") {
        Draw::Unique {
            format: section.text("unique", diagnostics)?,
            session,
        }
    } else {
        diagnostics.add(
            &node.at,
            "this draw has no kind",
            "give it zipf, uniform, choice or unique",
        );
        return None;
    };
    section.finish(diagnostics);
    Some((draw, counted_by))
}

/// Limits the draws to what the target has, where its settings state how many there are. Otherwise
/// the workload's own numbers stay.
pub fn fit(workload: &mut Workload, counted: &BTreeMap<String, String>, settings: &Settings) {
    for (name, path) in counted {
        let setting = path
            .split_once('.')
            .and_then(|(section, key)| settings.get(section)?.get(key));
        let Some(SettingValue::Integer(count)) = setting else {
            continue;
        };
        let count = u64::try_from(*count).unwrap_or_default().max(1);
        match workload.draws.get_mut(name) {
            Some(Draw::Zipf { n, .. }) => *n = count,
            Some(Draw::Uniform { to, .. }) => *to = count,
            _ => {}
        }
    }
}
