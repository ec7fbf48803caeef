//! The settings of the layers between a caller and each callee.

use crate::duration;
use serde::Deserialize;
use std::time::Duration;

/// How a caller guards each callee.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resilience {
    /// The longest one attempt may take.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How often a call without an answer is tried again.
    pub retries: u32,
    /// The share that retries may add to the calls of a callee.
    pub retry_budget: f64,
    /// Whether failing callees are left alone for a while.
    pub breaker: bool,
    /// How many calls to one callee may be in flight at once.
    pub bulkhead: usize,
    /// The longest a request from outside may take as a whole.
    #[serde(deserialize_with = "duration::deserialize")]
    pub deadline: Duration,
}
