//! What was observed in a run, and nothing of what was planned.

use harness_model::definition::TelemetryNames;
use harness_model::metric::MetricPoint;
use harness_model::strings::Strings;
use harness_model::{RunData, Sample, Sym};

use super::peers::Peers;
use crate::traces::forest::Forest;

/// The input of the ranking.
#[derive(Debug, Clone, Copy)]
pub struct Observations<'a> {
    pub strings: &'a Strings,
    /// The visitors' requests: the calls into the entry service.
    pub samples: &'a [Sample],
    pub forest: &'a Forest<'a>,
    /// Sorted by service, metric, labels, instance, time.
    pub metrics: &'a [MetricPoint],
    /// What the target calls the parts of its telemetry.
    pub names: &'a TelemetryNames,
    /// Who is behind what callers call their peers.
    pub peers: &'a Peers,
}

impl<'a> Observations<'a> {
    pub fn of(run: &'a RunData, forest: &'a Forest<'a>, peers: &'a Peers) -> Observations<'a> {
        Observations {
            strings: &run.strings,
            samples: &run.samples,
            forest,
            metrics: &run.metrics,
            names: &run.plan.target.definition.telemetry,
            peers,
        }
    }

    /// The name of a service; of the load generator for [`Sym::NONE`].
    pub fn name(&self, service: Sym) -> &str {
        match service {
            Sym::NONE => harness_model::Edge::CLIENT,
            service => self
                .peers
                .name(service)
                .unwrap_or(self.strings.name(service)),
        }
    }
}
