//! Where a target runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who brings the target up, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// Every service is an OS process on loopback.
    Process,
    /// Every service is a container of its own.
    Docker,
    /// The user runs it; the harness knows its address and starts nothing.
    External,
}

impl Runtime {
    /// The name in scenarios and reports: `process`, `docker` or `external`.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::Process => "process",
            Runtime::Docker => "docker",
            Runtime::External => "external",
        }
    }
}
