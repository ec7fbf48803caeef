//! What visitors do: operations, journeys and the values they draw.
//!
//! A workload is data, so the same load engine drives the reference shop and a user's own system.
//! It must not know rates, users or time; those belong to [`load`](crate::load).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operations a target offers and the journeys that visitors take through them.
///
/// The `path`, `headers` and `body` of an operation are [templates](crate::Template), filled from
/// the visitor's variables: captured values first, then session draws, then fresh draws.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    pub operations: Vec<Operation>,
    pub journeys: Vec<Journey>,
    /// Variable name -> how it gets its value.
    pub draws: BTreeMap<String, Draw>,
    /// Operations every pooled user performs once before the load starts. Not load: unrecorded.
    pub prelude: Vec<String>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// Unique in the workload.
    pub name: String,
    /// Groups operations in reports, for example `order`.
    pub group: String,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// A template; it begins with `/`.
    pub path: String,
    /// Header -> template.
    pub headers: BTreeMap<String, String>,
    /// A template, sent as `application/json`.
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
    /// Unique in the workload.
    pub name: String,
    /// In the order in which they are taken.
    pub steps: Vec<Step>,
}

/// One step of a journey, repeated a drawn number of times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The name of the operation.
    pub operation: String,
    /// It is repeated at least this often.
    pub repeat_min: u32,
    /// It is repeated at most this often.
    pub repeat_max: u32,
    /// A failure ends the journey, because later steps depend on this one.
    pub essential: bool,
}

/// How a variable gets its value: once a session when `session` is set, else for each use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "draw", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Draw {
    /// Rank 1..=n with probability proportional to 1/rank^s (Zipf's law), printed by `format`
    /// (`p{:05}`).
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
    /// A text that no other draw gives, in any run: `{}` in `format` becomes a prefix of the run's
    /// own and a number.
    Unique {
        format: String,
        #[serde(default)]
        session: bool,
    },
}
