//! TOML as a tree that knows where each value stands.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Diagnostics;
use super::span::{Span, WHOLE_FILE};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub at: Span,
}

/// A value as TOML has it.
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
pub type Table = BTreeMap<String, (Span, Node)>;

impl Node {
    /// The value as a table; anything else is noted.
    pub fn as_table(&self, diagnostics: &mut Diagnostics) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            other => {
                let message = format!("expected a table, not {}", other.kind());
                diagnostics.add(&self.at, message, "");
                None
            }
        }
    }
}

impl Value {
    /// The type, as diagnostics name it.
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

/// Parses a text. Of a text that is not TOML, what can be parsed is returned.
pub fn parse(text: &str, diagnostics: &mut Diagnostics) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(WHOLE_FILE);
        diagnostics.add(&at, format!("this is not TOML: {}", error.message()), "");
    }
    convert_table(table.into_inner())
}

fn convert_table(table: DeTable<'_>) -> Table {
    let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
        let at = key.span();
        let key: Cow<'_, str> = key.into_inner();
        (key.into_owned(), (at, convert(value)))
    };
    table.into_iter().map(entry).collect()
}

/// A value of the TOML parser, with its place.
pub(super) fn convert(value: Spanned<DeValue<'_>>) -> Node {
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
