//! TOML as a tree that knows where each value stands, with overrides merged in.
//!
//! It must not know which keys exist.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostics::{COMMAND_LINE, Diagnostics};

/// A value and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub at: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Table),
    /// A TOML type that no scenario uses.
    Foreign(&'static str),
}

/// Keys in alphabetical order, each with its own place.
pub type Table = BTreeMap<String, (Range<usize>, Node)>;

impl Value {
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Foreign(kind) => kind,
        }
    }
}

/// Parses a text; what is not TOML at all becomes faults.
pub fn parse(text: &str, faults: &mut Diagnostics) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        faults.add(&at, format!("this is not TOML: {}", error.message()), "");
    }
    convert_table(table.into_inner())
}

fn convert_table(table: DeTable<'_>) -> Table {
    let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
        let at = key.span();
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        (key.into_owned(), (at, convert(value)))
    };
    table.into_iter().map(entry).collect()
}

fn convert(value: Spanned<DeValue<'_>>) -> Node {
    let at = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Foreign("a number out of range"), Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or(Value::Foreign("no number"), Value::Float),
        DeValue::Boolean(truth) => Value::Bool(truth),
        DeValue::Datetime(_) => Value::Foreign("a date"),
        DeValue::Array(list) => Value::List(list.into_iter().map(convert).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table)),
    };
    Node { value, at }
}

/// Applies `path=value`. A list of tables is entered by the `name` of its members, so
/// `fault.payment-killed.for=3s` finds its fault. Text that is no TOML value is taken as a text.
pub fn set(table: &mut Table, path: &str, value: &str, faults: &mut Diagnostics) {
    let fragment = format!("value = {value}");
    let parsed = DeTable::parse(&fragment).ok().and_then(|parsed| {
        parsed
            .into_inner()
            .into_iter()
            .next()
            .map(|(_, value)| convert(value).value)
    });
    let value = parsed.unwrap_or_else(|| Value::Text(value.to_owned()));
    let steps: Vec<&str> = path.split('.').collect();
    if !put(table, &steps, value) {
        let remedy = "a path is made of keys and names, for example load.rate or fault.NAME.for";
        faults.add(&COMMAND_LINE, format!("nothing is called {path}"), remedy);
    }
}

fn put(table: &mut Table, steps: &[&str], value: Value) -> bool {
    let Some((first, rest)) = steps.split_first() else {
        return false;
    };
    if rest.is_empty() {
        table.insert(
            (*first).to_owned(),
            (
                COMMAND_LINE,
                Node {
                    value,
                    at: COMMAND_LINE,
                },
            ),
        );
        return true;
    }
    let empty = || {
        (
            COMMAND_LINE,
            Node {
                value: Value::Table(Table::new()),
                at: COMMAND_LINE,
            },
        )
    };
    let (_, node) = table.entry((*first).to_owned()).or_insert_with(empty);
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

fn is_named(table: &Table, name: &str) -> bool {
    table
        .get("name")
        .is_some_and(|(_, node)| node.value == Value::Text(name.to_owned()))
}
