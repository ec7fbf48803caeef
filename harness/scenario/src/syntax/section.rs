//! Reading one table strictly: each key once, each value of its type, nothing left over.
//!
//! The readers return `None` after noting a mistake, so that one mistake never hides the next. It
//! must not know which section it reads.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostics::Diagnostics;
use super::names::closest;
use super::span::Span;
use super::tree::{Node, Table, Value};
use super::units;

/// A table that is being read.
pub struct Section<'a> {
    table: &'a Table,
    /// As the file names it, for example `[load]`.
    name: String,
    /// The place of what is missing.
    pub at: Span,
    known: BTreeSet<&'static str>,
    defaults: Table,
}

impl<'a> Section<'a> {
    /// A table, by the name that the file gives it.
    pub fn new(table: &'a Table, name: impl Into<String>, at: Span) -> Section<'a> {
        Section {
            table,
            name: name.into(),
            at,
            known: BTreeSet::new(),
            defaults: Table::new(),
        }
    }

    /// What the table leaves out is read from here; so is what is wrong in it, once that is noted.
    pub fn or_else(self, defaults: Table) -> Section<'a> {
        Section { defaults, ..self }
    }

    /// The node of a key, whatever its type.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.insert(key);
        self.table.get(key).map(|(_, node)| node)
    }

    /// Whether the table itself has the key.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key's value stands; the section itself when it is absent.
    pub fn place(&self, key: &str) -> Span {
        self.table
            .get(key)
            .map_or_else(|| self.at.clone(), |(_, node)| node.at.clone())
    }

    /// A text.
    pub fn text(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<String> {
        self.typed(key, "a text in quotes", diagnostics, |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// A whole number, 0 or above.
    pub fn integer(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<u64> {
        self.typed(key, "a whole number", diagnostics, |value| match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A number, 0 or above.
    pub fn number(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<f64> {
        self.typed(
            key,
            "a number, 0 or above",
            diagnostics,
            |value| match value {
                Value::Integer(number) if *number >= 0 => Some(*number as f64),
                Value::Float(number) if *number >= 0.0 && number.is_finite() => Some(*number),
                _ => None,
            },
        )
    }

    /// A value that must not be 0, because `why`.
    pub fn above_zero<T: Default + PartialEq>(
        &self,
        key: &str,
        value: Option<T>,
        why: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<T> {
        if self.has(key) && value == Some(T::default()) {
            diagnostics.add(&self.place(key), format!("{key} must be above 0"), why);
        }
        value
    }

    /// Nanoseconds.
    pub fn duration(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<u64> {
        self.unit(
            key,
            "a duration such as \"300ms\" or \"1.5s\"",
            diagnostics,
            units::duration_ns,
        )
    }

    /// Bytes.
    pub fn bytes(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<u64> {
        self.unit(key, "a size such as \"64MB\"", diagnostics, units::bytes)
    }

    /// Per second.
    pub fn rate(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<f64> {
        self.unit(
            key,
            "a rate such as \"40/s\"",
            diagnostics,
            units::rate_per_s,
        )
    }

    /// 0..=1.
    pub fn share(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<f64> {
        self.unit(
            key,
            "a share from 0% to 100%, such as \"1%\"",
            diagnostics,
            units::share,
        )
    }

    /// A factor, 0 or above.
    pub fn factor(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<f64> {
        self.unit(key, "a factor such as \"0.2x\"", diagnostics, units::factor)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<bool> {
        self.typed(key, "true or false", diagnostics, |value| match value {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        })
    }

    /// Texts, each with its place.
    pub fn texts(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<(String, Span)>> {
        self.typed(key, "a list of texts", diagnostics, |value| match value {
            Value::List(nodes) => nodes
                .iter()
                .map(|node| match &node.value {
                    Value::Text(text) => Some((text.clone(), node.at.clone())),
                    _ => None,
                })
                .collect(),
            _ => None,
        })
    }

    /// A table inside this one.
    pub fn table(&mut self, key: &'static str, diagnostics: &mut Diagnostics) -> Option<&'a Table> {
        let node = self.node(key)?;
        match &node.value {
            Value::Table(table) => Some(table),
            other => {
                diagnostics.add(
                    &node.at,
                    format!("{key} is {}, not a table", other.kind()),
                    "",
                );
                None
            }
        }
    }

    /// A table of texts; empty when it is absent.
    pub fn text_map(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        for (name, (_, node)) in self.table(key, diagnostics).into_iter().flatten() {
            match &node.value {
                Value::Text(text) => drop(map.insert(name.clone(), text.clone())),
                other => {
                    let message = format!("{name} is {}", other.kind());
                    diagnostics.add(&node.at, message, "write a text");
                }
            }
        }
        map
    }

    /// The members of `[[key]]`.
    pub fn tables(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Vec<(&'a Table, Span)> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let mut members = Vec::new();
        let Value::List(nodes) = &node.value else {
            diagnostics.add(
                &node.at,
                format!("{key} is {}", node.value.kind()),
                format!("write [[{key}]]"),
            );
            return members;
        };
        for member in nodes {
            let table = member.as_table(diagnostics);
            members.extend(table.map(|table| (table, member.at.clone())));
        }
        members
    }

    /// A value that must be there.
    pub fn required<T>(
        &self,
        key: &str,
        value: Option<T>,
        diagnostics: &mut Diagnostics,
    ) -> Option<T> {
        if value.is_none() && !self.has(key) {
            diagnostics.add(&self.at, format!("{} has no {key}", self.name), "");
        }
        value
    }

    /// Notes a key of an earlier version, and what is written today.
    pub fn retired(&mut self, key: &'static str, today: &str, diagnostics: &mut Diagnostics) {
        if let Some((at, _)) = self.table.get(key) {
            self.known.insert(key);
            let message = format!("{} no longer has a key called {key}", self.name);
            diagnostics.add(at, message, today);
        }
    }

    /// Notes every key that was not read.
    pub fn finish(self, diagnostics: &mut Diagnostics) {
        self.finish_except(&[], |_| false, diagnostics);
    }

    /// Like [`Section::finish`], but accepts the keys `also` too, and every value that `passes`.
    pub fn finish_except(
        self,
        also: &[&str],
        passes: impl Fn(&Value) -> bool,
        diagnostics: &mut Diagnostics,
    ) {
        let known = self.known.iter().copied().chain(also.iter().copied());
        let known: Vec<&str> = known.collect();
        for (key, (at, node)) in self.table {
            if known.contains(&key.as_str()) || passes(&node.value) {
                continue;
            }
            let remedy = match closest(key, known.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            diagnostics.add(at, format!("{} has no key called {key}", self.name), remedy);
        }
    }

    fn unit<T>(
        &mut self,
        key: &'static str,
        what: &str,
        diagnostics: &mut Diagnostics,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.typed(key, what, diagnostics, |value| match value {
            Value::Text(text) => read(text),
            _ => None,
        })
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        diagnostics: &mut Diagnostics,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Option<T> {
        let default = self.defaults.get(key);
        let default = default.and_then(|(_, node)| read(&node.value));
        let Some(node) = self.node(key) else {
            return default;
        };
        let value = read(&node.value);
        if value.is_none() {
            let found = match &node.value {
                Value::Text(text) => format!("{text:?}"),
                other => other.kind().to_owned(),
            };
            diagnostics.add(
                &node.at,
                format!("{key} is {found}"),
                format!("it must be {what}"),
            );
        }
        value.or(default)
    }
}
