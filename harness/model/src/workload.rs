//! What visitors do: operations, journeys and the values they draw.
//!
//! A workload is data, so the same load engine drives the reference shop and a user's own system.
//! It must not know rates, users or time; those belong to [`load`](crate::load).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operations a target offers and the journeys that visitors take through them.
///
/// Templates (`path`, `headers`, `body`) hold `{name}` placeholders, filled from the visitor's
/// variables: captured values first, then session draws, then fresh draws.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    pub operations: Vec<Operation>,
    pub journeys: Vec<Journey>,
    pub draws: BTreeMap<String, Draw>,
    /// Operations every pooled user performs once before the load starts. Not load: unrecorded.
    pub prelude: Vec<String>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    pub name: String,
    /// Groups operations in reports, for example `order`.
    pub group: String,
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    /// Sent as `application/json`.
    pub body: Option<String>,
    /// Status codes that count as success; empty means any 2xx.
    pub expect: Vec<u16>,
    /// Variable name -> JSON pointer into the answer. A missing pointer is an error of class
    /// `body`.
    pub capture: BTreeMap<String, String>,
    /// Send a fresh `Idempotency-Key`.
    pub idempotency_key: bool,
}

/// A visit: steps in order, with thinking between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Journey {
    pub name: String,
    pub steps: Vec<Step>,
}

/// One step of a journey, repeated a drawn number of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    pub operation: String,
    pub repeat_min: u32,
    pub repeat_max: u32,
    /// A failure ends the journey, because later steps depend on this one.
    pub essential: bool,
}

/// How a variable gets its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "draw", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Draw {
    /// Rank 1..=n with probability proportional to 1/rank^s, printed by `format` (`p{:05}`).
    Zipf {
        n: u64,
        s: f64,
        format: String,
        #[serde(default)]
        session: bool,
    },
    /// Uniform over `from..=to`.
    Uniform {
        from: u64,
        to: u64,
        format: String,
        #[serde(default)]
        session: bool,
    },
    /// One of the texts.
    Choice {
        of: Vec<String>,
        #[serde(default)]
        session: bool,
    },
    /// A text no other draw of this run gives; `format` gets the run's own prefix and a number.
    Unique {
        format: String,
        #[serde(default)]
        session: bool,
    },
}
