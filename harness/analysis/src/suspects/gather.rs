//! Counts the calls of a run: each trace once, and each visitor's request.

use std::collections::BTreeMap;

use harness_model::{Sample, SpanKind, Sym};

use super::call_stats::{CallStats, Calls};
use super::candidate::{Candidate, Edge};
use super::classifier::SpanClassifier;
use super::observations::Observations;
use super::trace_reader::TraceReader;
use crate::run::windows::Windows;
use crate::traces::node::NONE;

pub fn gather(seen: &Observations<'_>, windows: &Windows) -> Calls {
    let classifier = SpanClassifier::new(seen);
    let forest = seen.forest;
    let mut visitors = vec![NONE; forest.traces.len()];
    for (index, sample) in seen.samples.iter().enumerate() {
        if let Some(trace) = forest.find(sample.trace) {
            visitors[trace] = index as u32;
        }
    }
    let entry = entry(seen, &visitors);
    let mut calls = Calls::default();
    let mut reader = TraceReader::new(forest, &classifier);
    for (index, trace) in forest.traces.iter().enumerate() {
        let sample = seen.samples.get(visitors[index] as usize);
        let root = forest.span(trace.from);
        let (start, end) = sample.map_or((root.start, root.end), |one| (one.sent, one.done));
        let Some(period) = windows.period(start, end) else {
            continue;
        };
        let stats = calls.at(period);
        reader.read(trace, sample, entry, windows.during.to, stats);
        stats.traces += 1;
        stats.incomplete += u64::from(trace.incomplete);
        let node = forest.node(trace.from);
        stats.path_ns += (node.end - node.start) as u64;
        if seen.samples.is_empty() && root.kind == SpanKind::Server {
            stats.requests += 1;
        }
    }
    for sample in seen.samples {
        let Some(period) = windows.period(sample.sent, sample.done) else {
            continue;
        };
        let stats = calls.at(period);
        stats.requests += 1;
        if let Some(entry) = entry {
            visit(seen, sample, entry, stats);
        }
    }
    calls
}

/// The service at the root of most visitors' traces.
fn entry(seen: &Observations<'_>, visitors: &[u32]) -> Option<Sym> {
    let mut count: BTreeMap<Sym, u64> = BTreeMap::new();
    let visited = seen.forest.traces.iter().zip(visitors);
    for (trace, _) in visited.filter(|(_, visitor)| **visitor != NONE) {
        *count
            .entry(seen.forest.span(trace.from).service)
            .or_default() += 1;
    }
    let most = count.into_iter().max_by_key(|(service, n)| (*n, *service));
    most.map(|(service, _)| service)
}

/// A visitor's request, as a call into the entry service.
fn visit(seen: &Observations<'_>, sample: &Sample, entry: Sym, stats: &mut CallStats) {
    let edge = Edge {
        caller: Sym::NONE,
        callee: entry,
    };
    let on_edge = stats.edges.entry(edge).or_default();
    on_edge.calls += 1;
    let trace = seen.forest.find(sample.trace);
    let root = trace
        .map(|trace| seen.forest.span(seen.forest.traces[trace].from))
        .filter(|root| root.service == entry && root.start < sample.done);
    if let Some(root) = root {
        let lag = sample.service_ns().saturating_sub(root.duration_ns());
        on_edge.answered += 1;
        on_edge.travelled.add(lag);
        on_edge.lags.push(lag);
        stats.path_ns += lag;
    } else if sample.status != 0 && trace.is_none() {
        on_edge.unseen += 1;
    } else if sample.status == 0 && !sample.ok() {
        on_edge.unanswered += 1;
        on_edge.waited.add(sample.service_ns());
        stats.path_ns += sample.service_ns();
        if trace.is_none() {
            let first = stats.first_failures.entry(Candidate::Edge(edge));
            *first.or_default() += 1.0;
        }
    }
}
