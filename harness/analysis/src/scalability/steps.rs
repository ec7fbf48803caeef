//! The steps of a stepped load as operating points: what was offered, what came out, how many
//! requests were in the system, and whether the measurement contradicts itself.

use harness_model::plan::PhaseKind;
use harness_model::report::StepReport;
use harness_model::{Offset, Phase, RunData, Sample};

use crate::stats::latencies::Latencies;
use crate::tables::timeline::offered_per_s;

/// This share of a step is left to settle and is not measured.
const SETTLING: f64 = 0.25;
/// Little's law must hold within this for a step to count as steady.
const LITTLE_BOUND: f64 = 0.05;
/// With more failures, throughput and concurrency speak of different requests.
const ERROR_BOUND: f64 = 0.05;

/// The law of scalability is about whole requests in the system; below one, its parameters only
/// follow the noise.
const LEAST_CONCURRENCY: f64 = 1.0;

/// The measured part of a step, and what was seen in it.
pub struct Step {
    pub from: Offset,
    pub to: Offset,
    pub report: StepReport,
}

impl Step {
    /// The requests that were due in it.
    pub fn due<'a>(&self, run: &'a RunData) -> impl Iterator<Item = &'a Sample> + Clone {
        let (from, to) = (self.from, self.to);
        run.due()
            .filter(move |sample| from <= sample.intended && sample.intended < to)
    }
}

/// Every step of the plan that was reached, in order; empty for a load without steps.
pub fn steps(run: &RunData) -> Vec<Step> {
    let end = run.load_end();
    run.plan
        .phases
        .iter()
        .filter(|phase| matches!(phase.kind, PhaseKind::Step(_)) && phase.from < end)
        .map(|phase| step(run, phase))
        .collect()
}

/// Counts of one window, and the two sides of Little's law.
#[derive(Default)]
struct Tally {
    /// Due in it, and of these failed, and were ever sent.
    due: u64,
    failed: u64,
    sent: u64,
    succeeded_within: u64,
    /// Sent in it, whenever they were due.
    arrived: u64,
    /// Σ (done - sent) of the requests that arrived in the window.
    sojourn_s: f64,
    /// ∫ requests in the system over the window.
    open_s: f64,
}

impl Tally {
    fn take(&mut self, sample: &Sample, from: Offset, to: Offset) {
        let within = |at: Offset| from <= at && at < to;
        if within(sample.intended) {
            self.due += 1;
            self.failed += u64::from(!sample.ok());
            self.sent += u64::from(sample.was_sent());
        }
        if !sample.was_sent() {
            return;
        }
        if within(sample.done) {
            self.succeeded_within += u64::from(sample.ok());
        }
        if within(sample.sent) {
            self.arrived += 1;
            self.sojourn_s += sample.service_ns() as f64 / 1e9;
        }
        let (enters, leaves) = (sample.sent.max(from), sample.done.min(to));
        self.open_s += (leaves - enters).secs_f64().max(0.0);
    }
}

fn step(run: &RunData, phase: &Phase) -> Step {
    let length = (phase.to - phase.from).secs_f64();
    let from = Offset::from_secs_f64(phase.from.secs_f64() + SETTLING * length);
    let to = phase.to;
    let seconds = (to - from).secs_f64().max(1e-9);
    let mut tally = Tally::default();
    let mut latencies = Latencies::default();
    for sample in run.due() {
        tally.take(sample, from, to);
        if sample.ok() && from <= sample.intended && sample.intended < to {
            latencies.record_ns(sample.response_ns());
        }
    }
    let concurrency = tally.open_s / seconds;
    // Little's law L = λW (J. D. C. Little, Operations Research 9, 1961), both sides measured.
    let by_law = tally.sojourn_s / seconds;
    let little_error = (by_law - concurrency).abs() / concurrency.max(1e-9);
    let errors = tally.failed as f64 / tally.due.max(1) as f64;
    let offered = offered(run, from, to);
    let behind = (offered * seconds - tally.sent as f64).max(0.0).round() as u64;
    let is_steady = little_error <= LITTLE_BOUND && errors <= ERROR_BOUND;
    let report = StepReport {
        offered,
        sent: tally.arrived as f64 / seconds,
        throughput: tally.succeeded_within as f64 / seconds,
        concurrency,
        p50_ms: latencies.quantile_ms(0.5),
        p95_ms: latencies.quantile_ms(0.95),
        p99_ms: latencies.quantile_ms(0.99),
        errors,
        behind,
        little_error,
        fitted: concurrency >= LEAST_CONCURRENCY && is_steady,
    };
    Step { from, to, report }
}

/// Requests per second due in the whole seconds of a window.
fn offered(run: &RunData, from: Offset, to: Offset) -> f64 {
    let due = offered_per_s(run);
    let first = from.secs_f64().ceil() as usize;
    let last = (to.secs_f64().floor() as usize).min(due.len());
    let seconds = due.get(first..last).unwrap_or_default();
    let sum: f64 = seconds.iter().map(|n| f64::from(*n)).sum();
    sum / seconds.len().max(1) as f64
}
