//! Every operation in every phase, and over all phases but the warm-up.

use std::collections::BTreeMap;

use harness_model::report::OperationReport;
use harness_model::{RunData, Sample};

use crate::run::moments::warmup_end;
use crate::run::samples::group;
use crate::stats::latencies::Latencies;

/// The name of "everything but the warm-up".
const ALL: &str = "all";

#[derive(Default)]
struct Tally {
    n: u64,
    errors: BTreeMap<String, u64>,
    response: Latencies,
    service: Latencies,
    failure: Latencies,
}

impl Tally {
    fn take(&mut self, sample: &Sample) {
        self.n += 1;
        if sample.ok() {
            self.response.record_ns(sample.response_ns());
            self.service.record_ns(sample.service_ns());
        } else {
            *self
                .errors
                .entry(sample.error.name().to_owned())
                .or_default() += 1;
            self.failure.record_ns(sample.response_ns());
        }
    }
}

pub fn report(run: &RunData) -> Vec<OperationReport> {
    let mut tallies: BTreeMap<(&str, usize), Tally> = BTreeMap::new();
    let warm = warmup_end(run);
    for sample in run.due() {
        let operation = run.strings.name(sample.operation);
        if sample.intended >= warm {
            tallies.entry((operation, 0)).or_default().take(sample);
        }
        tallies
            .entry((operation, usize::from(sample.phase) + 1))
            .or_default()
            .take(sample);
    }
    let phase = |index: usize| match index.checked_sub(1) {
        None => ALL.to_owned(),
        Some(index) => run
            .plan
            .phases
            .get(index)
            .map_or(String::new(), |phase| phase.name.clone()),
    };
    let line = |((name, index), tally): ((&str, usize), Tally)| OperationReport {
        name: name.to_owned(),
        group: group(run, name).to_owned(),
        phase: phase(index),
        n: tally.n,
        ok: tally.response.n(),
        errors: tally.errors,
        response_ms: tally.response.quantiles(),
        service_ms: tally.service.quantiles(),
        failure_ms: tally.failure.quantiles(),
    };
    tallies.into_iter().map(line).collect()
}
