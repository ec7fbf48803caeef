//! The services table: what each process did and used, from spans and process statistics.

use std::collections::BTreeMap;

use harness_model::metric::{PROCESS_CPU_SECONDS, PROCESS_RESIDENT_BYTES};
use harness_model::report::ServiceReport;
use harness_model::{RunData, SpanKind, Sym};

use super::containers;
use crate::run::moments::{first_fault, warmup_end};
use crate::run::readings::{growth, peak};
use crate::run::samples::group;
use crate::stats::latencies::Latencies;
use crate::traces::forest::Forest;

#[derive(Default)]
struct Tally {
    served: u64,
    failed: u64,
    latencies: Latencies,
    reached_by: BTreeMap<String, u64>,
}

pub fn report(run: &RunData, forest: &Forest<'_>) -> Vec<ServiceReport> {
    let shares = critical_path_shares(run, forest);
    let length_s = run.load_end().secs_f64().max(1e-9);
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let known = run
        .topology()
        .map(|topology| topology.services.as_slice())
        .unwrap_or_default();
    for service in known {
        tallies.entry(&service.name).or_default();
    }
    for span in run
        .spans
        .iter()
        .filter(|span| span.kind == SpanKind::Server)
    {
        let tally = tallies.entry(run.strings.name(span.service)).or_default();
        tally.served += 1;
        if span.failed {
            tally.failed += 1;
        } else {
            tally.latencies.record_ns(span.duration_ns());
        }
    }
    for ((service, group), requests) in reached(run, forest) {
        let tally = tallies.entry(run.strings.name(service)).or_default();
        tally.reached_by.insert(group.to_owned(), requests);
    }
    let line = |(name, tally): (&str, Tally)| ServiceReport {
        name: name.to_owned(),
        rate: tally.served as f64 / length_s,
        errors: if tally.served == 0 {
            0.0
        } else {
            tally.failed as f64 / tally.served as f64
        },
        p95_ms: tally.latencies.quantile_ms(0.95),
        cpu: growth(run, name, PROCESS_CPU_SECONDS).map(|seconds| seconds / length_s),
        rss_mb: peak(run, name, PROCESS_RESIDENT_BYTES).map(|bytes| bytes / 1e6),
        critical_path_share: run
            .strings
            .find(name)
            .and_then(|service| shares.get(&service).copied()),
        reached_by: tally.reached_by,
        restarts: containers::restarts(run, name),
        container: containers::report(run, name),
    };
    tallies.into_iter().map(line).collect()
}

/// How many requests of each group of operations reached each service.
fn reached<'a>(run: &'a RunData, forest: &Forest<'_>) -> BTreeMap<(Sym, &'a str), u64> {
    let mut groups: BTreeMap<Sym, &str> = BTreeMap::new();
    let mut reached = BTreeMap::new();
    let mut services = Vec::new();
    for sample in &run.samples {
        let Some(trace) = forest.find(sample.trace).map(|index| &forest.traces[index]) else {
            continue;
        };
        let group = *groups
            .entry(sample.operation)
            .or_insert_with(|| group(run, run.strings.name(sample.operation)));
        let spans = (trace.from..trace.to).map(|node| forest.span(node));
        let served = spans.filter(|span| span.kind == SpanKind::Server);
        services.extend(served.map(|span| span.service));
        services.sort_unstable();
        services.dedup();
        for service in services.drain(..) {
            *reached.entry((service, group)).or_default() += 1;
        }
    }
    reached
}

/// Of the time that visitors' requests took inside the target, the share that was spent waiting for
/// a span of each service (its own calls' travel included), after the warm-up and before the first
/// fault. Only traces whose root is a server span are requests. The shares add up to 1.
fn critical_path_shares(run: &RunData, forest: &Forest<'_>) -> BTreeMap<Sym, f64> {
    let (from, to) = (warmup_end(run), first_fault(run));
    let mut held: BTreeMap<Sym, u64> = BTreeMap::new();
    let mut all = 0;
    for trace in &forest.traces {
        let root = forest.span(trace.from);
        if root.kind != SpanKind::Server || root.start < from || root.start >= to {
            continue;
        }
        for node in trace.from..trace.to {
            let critical = forest.critical[node as usize];
            *held.entry(forest.span(node).service).or_default() += critical;
            all += critical;
        }
    }
    let share = |(service, ns): (Sym, u64)| (all > 0).then(|| (service, ns as f64 / all as f64));
    held.into_iter().filter_map(share).collect()
}
