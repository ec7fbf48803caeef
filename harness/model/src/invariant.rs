//! Invariants of conservation: what must be true of a target's own counts once a run is over.
//!
//! Owns how they are written down. It must not know who counts, and it judges nothing.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// Two sums that must agree. Every count in them is what the run has added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// The invariant in words, such as `every acknowledged order is kept`.
    pub name: String,
    /// What stands on the left of the relation.
    pub left: Side,
    /// How the left side must relate to the right one.
    pub is: Relation,
    /// What stands on the right of the relation.
    pub right: Side,
}

/// How two sums relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The left side equals the right one.
    Equal,
    /// The left side is the right one or more.
    AtLeast,
}

impl Relation {
    /// The name in definitions and reports: `equal` or `at-least`.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::AtLeast => "at-least",
        }
    }

    /// Whether two values relate so.
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
    /// A constant.
    Number(i64),
    /// A count of the audits: `order.placed` is what the service that hosts `order` counts as
    /// placed.
    Count { host: String, what: String },
    /// Requests of this operation that were answered well, warm-up included: `ok:buy`.
    Answered(String),
}

impl Term {
    /// The name that an audit gives the count; `None` for what no audit counts.
    pub fn count(&self) -> Option<String> {
        match self {
            Term::Count { host, what } => Some(format!("{host}.{what}")),
            Term::Number(_) | Term::Answered(_) => None,
        }
    }
}

/// A text that is no term; its message completes "failed to read ...".
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
