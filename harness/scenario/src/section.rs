//! Reading one table strictly: each key once, each value of its type, nothing left over.
//!
//! The readers return `None` after noting a fault, so that one mistake never hides the next. It
//! must not know which section it reads.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::diagnostics::Diagnostics;
use crate::tree::{Node, Table, Value};
use crate::units;

/// A table that is being read.
pub struct Section<'a> {
    table: &'a Table,
    /// As the file names it, for example `[load]`.
    name: String,
    /// Where to point when something is missing.
    pub at: Range<usize>,
    known: BTreeSet<&'static str>,
    defaults: Table,
}

impl<'a> Section<'a> {
    pub fn new(table: &'a Table, name: impl Into<String>, at: Range<usize>) -> Section<'a> {
        Section {
            table,
            name: name.into(),
            at,
            known: BTreeSet::new(),
            defaults: Table::new(),
        }
    }

    /// What the table leaves out is read from here; so is what it has wrong, once that is noted.
    pub fn or_else(self, defaults: Table) -> Section<'a> {
        Section { defaults, ..self }
    }

    /// The node of a key, whatever its type.
    pub fn node(&mut self, key: &'static str) -> Option<&'a Node> {
        self.known.insert(key);
        self.table.get(key).map(|(_, node)| node)
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where a key's value stands; the section itself when it is absent.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.table
            .get(key)
            .map_or_else(|| self.at.clone(), |(_, node)| node.at.clone())
    }

    pub fn text(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<String> {
        self.typed(key, "a text in quotes", faults, |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    pub fn integer(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<u64> {
        self.typed(key, "a whole number", faults, |value| match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
    }

    pub fn number(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<f64> {
        self.typed(key, "a number, 0 or above", faults, |value| match value {
            Value::Integer(number) if *number >= 0 => Some(*number as f64),
            Value::Float(number) if *number >= 0.0 && number.is_finite() => Some(*number),
            _ => None,
        })
    }

    /// A value that must not be 0, because `why`.
    pub fn above_zero<T: Default + PartialEq>(
        &self,
        key: &str,
        value: Option<T>,
        why: &str,
        faults: &mut Diagnostics,
    ) -> Option<T> {
        if self.has(key) && value == Some(T::default()) {
            faults.add(&self.place(key), why, format!("{key} must be above 0"));
        }
        value
    }

    pub fn duration(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<u64> {
        self.unit(
            key,
            "a duration such as \"300ms\" or \"1.5s\"",
            faults,
            units::duration_ns,
        )
    }

    pub fn bytes(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<u64> {
        self.unit(key, "a size such as \"64MB\"", faults, units::bytes)
    }

    pub fn rate(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<f64> {
        self.unit(key, "a rate such as \"40/s\"", faults, units::rate_per_s)
    }

    pub fn share(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<f64> {
        self.unit(
            key,
            "a share from 0% to 100%, such as \"1%\"",
            faults,
            units::share,
        )
    }

    pub fn factor(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<f64> {
        self.unit(key, "a factor such as \"0.2x\"", faults, units::factor)
    }

    pub fn texts(
        &mut self,
        key: &'static str,
        faults: &mut Diagnostics,
    ) -> Option<Vec<(String, Range<usize>)>> {
        self.typed(key, "a list of texts", faults, |value| match value {
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

    pub fn table(&mut self, key: &'static str, faults: &mut Diagnostics) -> Option<&'a Table> {
        let node = self.node(key)?;
        match &node.value {
            Value::Table(table) => Some(table),
            other => {
                faults.add(
                    &node.at,
                    format!("{key} is {}, not a table", other.kind()),
                    "",
                );
                None
            }
        }
    }

    /// The members of `[[key]]`.
    pub fn tables(
        &mut self,
        key: &'static str,
        faults: &mut Diagnostics,
    ) -> Vec<(&'a Table, Range<usize>)> {
        let Some(node) = self.node(key) else {
            return Vec::new();
        };
        let mut members = Vec::new();
        let Value::List(nodes) = &node.value else {
            faults.add(
                &node.at,
                format!("{key} is {}", node.value.kind()),
                format!("write [[{key}]]"),
            );
            return members;
        };
        for member in nodes {
            match &member.value {
                Value::Table(table) => members.push((table, member.at.clone())),
                other => faults.add(
                    &member.at,
                    format!("expected a table, not {}", other.kind()),
                    "",
                ),
            }
        }
        members
    }

    /// A value that must be there.
    pub fn required<T>(&self, key: &str, value: Option<T>, faults: &mut Diagnostics) -> Option<T> {
        if value.is_none() && !self.has(key) {
            faults.add(&self.at, format!("{} has no {key}", self.name), "");
        }
        value
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self, faults: &mut Diagnostics) {
        self.finish_except(&[], |_| false, faults);
    }

    /// Like [`Section::finish`], but lets the keys `also` pass, and every value that `passes`.
    pub fn finish_except(
        self,
        also: &[&str],
        passes: impl Fn(&Value) -> bool,
        faults: &mut Diagnostics,
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
            faults.add(at, format!("{} has no key called {key}", self.name), remedy);
        }
    }

    fn unit<T>(
        &mut self,
        key: &'static str,
        what: &str,
        faults: &mut Diagnostics,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.typed(key, what, faults, |value| match value {
            Value::Text(text) => read(text),
            _ => None,
        })
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        faults: &mut Diagnostics,
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
            faults.add(
                &node.at,
                format!("{key} is {found}"),
                format!("it must be {what}"),
            );
        }
        value.or(default)
    }
}

/// The known name that a typing mistake most likely meant.
pub fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_finds_its_word() {
        let known = ["duration", "warmup", "rate"];
        assert_eq!(closest("duratoin", known.into_iter()), Some("duration"));
        assert_eq!(closest("zebra", known.into_iter()), None);
    }
}
