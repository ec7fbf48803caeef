//! Which request to show: a typical one before and one during, of the operation hurt most.
//!
//! Owns the choice. It must not know what was injected.

use std::collections::BTreeMap;

use harness_model::report::Waterfall;
use harness_model::{Offset, RunData, Sample, Sym};

use crate::run::samples::is_good;
use crate::run::windows::Windows;
use crate::stats::order::{median, nearest_rank};
use crate::traces::forest::Forest;
use crate::traces::waterfall::waterfall;

/// The requests of one operation, before and during.
#[derive(Default)]
struct Requests<'a> {
    before: Vec<&'a Sample>,
    during: Vec<&'a Sample>,
}

/// Before and during. `None` where no request of the operation left a trace.
pub fn pair(
    run: &RunData,
    forest: &Forest<'_>,
    windows: &Windows,
) -> (Option<Waterfall>, Option<Waterfall>) {
    let mut operations: BTreeMap<Sym, Requests<'_>> = BTreeMap::new();
    for sample in &run.samples {
        let requests = operations.entry(sample.operation).or_default();
        if windows.before.holds(sample.intended) {
            requests.before.push(sample);
        } else if windows.during.holds(sample.intended) {
            requests.during.push(sample);
        }
    }
    // The first by name of those hurt alike.
    let worst = operations
        .iter()
        .filter(|(_, requests)| !requests.during.is_empty())
        .max_by(|(a, one), (b, other)| {
            let (one, other) = (one.hurt(run), other.hurt(run));
            let by_name = run.strings.name(**b).cmp(run.strings.name(**a));
            one.0
                .total_cmp(&other.0)
                .then(one.1.total_cmp(&other.1))
                .then(by_name)
        });
    let Some((operation, requests)) = worst else {
        return (None, None);
    };
    let name = run.strings.name(*operation);
    let draw = |trace: usize| waterfall(forest, &run.strings, trace, name);
    let slow_ns = requests.slow_ns();
    let usual = requests.before.iter().filter(|sample| sample.ok());
    let hurt: Vec<&Sample> = requests
        .during
        .iter()
        .copied()
        .filter(|sample| !is_good(run, sample) || sample.response_ns() > slow_ns)
        .collect();
    let during = medoid(forest, hurt.into_iter())
        .or_else(|| medoid(forest, requests.during.iter().copied()));
    (medoid(forest, usual.copied()).map(draw), during.map(draw))
}

impl Requests<'_> {
    /// How many more percent were not good, and how many times longer the median took.
    fn hurt(&self, run: &RunData) -> (f64, f64) {
        let bad = |samples: &[&Sample]| {
            let bad = samples
                .iter()
                .filter(|sample| !is_good(run, sample))
                .count();
            bad as f64 / samples.len().max(1) as f64
        };
        let middle = |samples: &[&Sample]| {
            let all = samples.iter().map(|sample| sample.response_ns() as f64);
            median(all.collect()).unwrap_or(0.0)
        };
        let more = (bad(&self.during) - bad(&self.before)).max(0.0);
        let longer = middle(&self.during) / middle(&self.before).max(1e6);
        ((more * 100.0).round(), longer)
    }

    /// The 95th percentile of the response times before; 0 where there are none.
    fn slow_ns(&self) -> u64 {
        let mut times: Vec<u64> = self.before.iter().map(|one| one.response_ns()).collect();
        times.sort_unstable();
        nearest_rank(&times, 0.95).unwrap_or(0)
    }
}

/// The trace, whole if possible, of the request whose time is closest to the median of all.
fn medoid<'s>(
    forest: &Forest<'_>,
    samples: impl Iterator<Item = &'s Sample> + Clone,
) -> Option<usize> {
    let middle = median(samples.clone().map(|one| one.service_ns() as f64).collect())?;
    let traced = samples.filter_map(|sample| {
        let trace = forest.find(sample.trace)?;
        let root = forest.span(forest.traces[trace].from);
        // A root that only began after the visitor had given up shows nothing of the wait.
        let late = root.start > sample.done && sample.done > Offset::ZERO;
        let away = (sample.service_ns() as f64 - middle).abs() as u64;
        Some((
            late || forest.traces[trace].incomplete,
            away,
            sample.trace,
            trace,
        ))
    });
    traced.min().map(|(.., trace)| trace)
}
