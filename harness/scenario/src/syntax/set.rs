//! Values of the command line, put into the tree of a file.

use toml::de::DeTable;

use super::diagnostics::Diagnostics;
use super::span::{COMMAND_LINE, Span};
use super::tree::{Node, Table, Value, convert};

/// Applies `path=value`. A list of tables is entered by the `name` of its members, so
/// `fault.payment-killed.for=3s` finds its fault. Text that is no TOML value is taken as a text.
pub fn set(table: &mut Table, path: &str, value: &str, diagnostics: &mut Diagnostics) {
    let steps: Vec<&str> = path.split('.').collect();
    if !put(table, &steps, read(value)) {
        let remedy = "a path is made of keys and names, for example load.rate or fault.NAME.for";
        diagnostics.add(&COMMAND_LINE, format!("nothing is called {path}"), remedy);
    }
}

fn read(value: &str) -> Value {
    let fragment = format!("value = {value}");
    let parsed = DeTable::parse(&fragment).ok();
    let first = parsed.and_then(|parsed| parsed.into_inner().into_iter().next());
    first.map_or_else(
        || Value::Text(value.to_owned()),
        |(_, value)| convert(value).value,
    )
}

/// Whether there was a place for the value.
fn put(table: &mut Table, steps: &[&str], value: Value) -> bool {
    let Some((first, rest)) = steps.split_first() else {
        return false;
    };
    if rest.is_empty() {
        table.insert((*first).to_owned(), given(value));
        return true;
    }
    let (_, node) = table
        .entry((*first).to_owned())
        .or_insert_with(|| given(Value::Table(Table::new())));
    match &mut node.value {
        Value::Table(inner) => put(inner, rest, value),
        Value::List(members) => members
            .iter_mut()
            .find_map(|member| match &mut member.value {
                Value::Table(inner) if is_named(inner, rest[0]) => Some(inner),
                _ => None,
            })
            .is_some_and(|inner| put(inner, &rest[1..], value)),
        _ => false,
    }
}

/// An entry that the command line gives.
fn given(value: Value) -> (Span, Node) {
    let at = COMMAND_LINE;
    (COMMAND_LINE, Node { value, at })
}

fn is_named(table: &Table, name: &str) -> bool {
    table
        .get("name")
        .is_some_and(|(_, node)| node.value == Value::Text(name.to_owned()))
}
