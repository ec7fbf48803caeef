//! Invariants of conservation: what must be true of a target's own counts once a run is over.
//!
//! Owns how they are written down. It must not know who counts, nor judge.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Two sides of an account that must agree. Every count is what the run has added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// What it says in words, such as `every acknowledged order is kept`.
    pub name: String,
    pub left: Side,
    pub is: Relation,
    pub right: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    Equal,
    AtLeast,
}

impl Relation {
    pub fn name(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::AtLeast => "at-least",
        }
    }

    pub fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Relation::Equal => left == right,
            Relation::AtLeast => left >= right,
        }
    }
}

/// A sum, written `order.placed + cart.sold`, `ok:buy` or `0`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Side(pub Vec<Term>);

/// What is summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    Number(i64),
    /// A count of the audits: `order.placed` is what the service that hosts `order` counts as
    /// placed.
    Count {
        host: String,
        what: String,
    },
    /// Requests of this operation that were answered well, warm-up included: `ok:buy`.
    Answered(String),
}

impl Term {
    /// The name that an audit gives the count.
    pub fn count(&self) -> Option<String> {
        match self {
            Term::Count { host, what } => Some(format!("{host}.{what}")),
            _ => None,
        }
    }
}

/// Completes "failed to read ...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTerm(String);

impl fmt::Display for BadTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = "a side is a sum of counts (order.placed), ok:OPERATION and numbers";
        write!(f, "`{}` cannot be counted: {form}", self.0)
    }
}

impl std::error::Error for BadTerm {}

impl FromStr for Term {
    type Err = BadTerm;

    fn from_str(text: &str) -> Result<Term, BadTerm> {
        let bad = || BadTerm(text.to_owned());
        let is_name = |name: &str| !name.is_empty() && !name.contains([' ', ':', '+']);
        if let Ok(number) = text.parse() {
            return Ok(Term::Number(number));
        }
        if let Some(operation) = text.strip_prefix("ok:").filter(|name| is_name(name)) {
            return Ok(Term::Answered(operation.to_owned()));
        }
        let (host, what) = text.split_once('.').ok_or_else(bad)?;
        if !is_name(host) || !is_name(what) {
            return Err(bad());
        }
        Ok(Term::Count {
            host: host.to_owned(),
            what: what.to_owned(),
        })
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Number(number) => write!(f, "{number}"),
            Term::Count { host, what } => write!(f, "{host}.{what}"),
            Term::Answered(operation) => write!(f, "ok:{operation}"),
        }
    }
}

impl TryFrom<String> for Side {
    type Error = BadTerm;

    fn try_from(text: String) -> Result<Side, BadTerm> {
        let terms = text.split('+').map(|term| term.trim().parse());
        terms.collect::<Result<_, _>>().map(Side)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&terms.join(" + "))
    }
}

impl From<Side> for String {
    fn from(side: Side) -> String {
        side.to_string()
    }
}

impl JsonSchema for Side {
    fn schema_name() -> Cow<'static, str> {
        "Side".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(text: &str) -> Result<Side, BadTerm> {
        Side::try_from(text.to_owned())
    }

    #[test]
    fn a_side_reads_as_it_is_written() {
        for text in ["0", "order.placed", "ok:order + ok:place-order + 2 + a.b.c"] {
            assert_eq!(side(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        for text in [
            "",
            "placed",
            "ok:",
            "order. + 1",
            "a.b - c.d",
            "OK:x",
            "1.5x y",
        ] {
            assert!(side(text).is_err(), "{text}");
        }
    }
}
