//! What was run, where and when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was run, where and when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunCard {
    pub id: String,
    /// The name of the scenario.
    pub scenario: String,
    /// One sentence of the scenario: why one would run it.
    pub purpose: String,
    pub seed: u64,
    /// The shape of the shop, or the name of another system.
    pub shape: String,
    /// `process`, `docker` or `external`.
    pub runtime: String,
    /// What the target's data was kept in; empty where the target does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stores: String,
    /// RFC 3339.
    pub started: String,
    /// Length of the load, warm-up included.
    pub duration_s: f64,
    pub warmup_s: f64,
    /// The command that repeats this run.
    pub command: String,
    /// Version of the shakedown binary.
    pub tool_version: String,
    /// Logical cores of the machine.
    pub cores: u32,
    pub cpu_model: String,
    pub memory_mb: u64,
}
