//! A call path between two processes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A call path from one process to another, written `caller -> callee`. The caller
/// [`Edge::CLIENT`] is the load generator.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Edge {
    /// The process that sends requests.
    pub caller: String,
    /// The process that answers them.
    pub callee: String,
}

impl Edge {
    /// The name of the load generator as a caller.
    pub const CLIENT: &'static str = "client";

    /// The edge between these two.
    pub fn new(caller: impl Into<String>, callee: impl Into<String>) -> Edge {
        Edge {
            caller: caller.into(),
            callee: callee.into(),
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.caller, self.callee)
    }
}
