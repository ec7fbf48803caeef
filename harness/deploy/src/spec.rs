//! Everything that a deployment is made from.

use harness_model::plan::TargetPlan;

use crate::command::{Paths, Values};
use crate::layout::Layout;

#[derive(Debug, Clone, Copy)]
pub struct DeploymentSpec<'a> {
    pub target: &'a TargetPlan,
    pub layout: &'a Layout,
    pub paths: &'a Paths,
    /// The OTLP/gRPC endpoint of the harness.
    pub otlp: &'a str,
    pub seed: u64,
}

impl DeploymentSpec<'_> {
    /// The values of placeholders for commands that see these paths.
    pub fn values(&self, paths: &Paths) -> Values {
        let settings = serde_json::to_string(&self.target.settings).unwrap_or_default();
        Values::new(paths, self.otlp, self.seed, settings)
    }
}
