//! The books of calls, own work and origins of failure, before and during.
//!
//! Owns the counting. It must not know how much any of it weighs.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::{Sample, Span, SpanKind, Sym};

use super::origins::Reader;
use super::robust::Sum;
use super::window::{Moment, Windows};
use super::{Blame, Seen, Way};
use crate::traces::NONE;

/// All calls on one way in one of the two times. Times are ns on critical paths.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    pub calls: u64,
    /// Nobody answered in time: refused, broken off, timed out or given up.
    pub unanswered: u64,
    /// The caller did not even try: breaker open or bulkhead full.
    pub stopped: u64,
    pub answered: u64,
    /// Waiting for answers that did not come, and for the next try.
    pub waited: Sum,
    /// On the way to the callee and back, where an answer came.
    pub travelled: Sum,
    /// Client span minus server span of each answered call, ns.
    pub lags: Vec<u64>,
}

/// A service's own work in one of the two times.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    pub served: u64,
    /// Time on critical paths that no call of it explains, ns.
    pub own: Sum,
}

/// Everything counted in one of the two times.
#[derive(Debug, Default)]
pub struct Books {
    pub requests: u64,
    /// Length of all critical paths, ns.
    pub path_ns: u64,
    pub ways: BTreeMap<Way, Traffic>,
    pub services: BTreeMap<Sym, Work>,
    /// In how many requests a failure began here.
    pub origins: BTreeMap<Blame, f64>,
}

#[derive(Debug, Default)]
pub struct Calls {
    pub before: Books,
    pub during: Books,
}

/// What of a client span is not for itself to say.
pub struct Lexicon {
    /// Services that have spans or metrics of their own; a peer that has none (a database) counts
    /// as part of its caller.
    known: BTreeSet<Sym>,
    stopped: Vec<Sym>,
}

impl Lexicon {
    fn of(seen: &Seen<'_>) -> Lexicon {
        let mut known: BTreeSet<Sym> = seen.forest.spans.iter().map(|span| span.service).collect();
        known.extend(seen.metrics.iter().map(|point| point.service));
        let words = ["breaker_open", "bulkhead"];
        Lexicon {
            known,
            stopped: words.iter().filter_map(|w| seen.strings.find(w)).collect(),
        }
    }

    /// The way that a client span without an answer was for.
    pub fn peer(&self, span: &Span) -> Option<Way> {
        let ours = !span.peer.is_none() && span.peer != span.service;
        (ours && self.known.contains(&span.peer)).then_some(Way {
            caller: span.service,
            callee: span.peer,
        })
    }

    pub fn is_stopped(&self, span: &Span) -> bool {
        self.stopped.contains(&span.error_type)
    }
}

/// Counts everything, each trace once.
pub fn gather(seen: &Seen<'_>, windows: &Windows) -> Calls {
    let lexicon = Lexicon::of(seen);
    let forest = seen.forest;
    let mut visitors = vec![NONE; forest.traces.len()];
    for (index, sample) in seen.samples.iter().enumerate() {
        if let Some(trace) = forest.find(sample.trace) {
            visitors[trace] = index as u32;
        }
    }
    let entry = entry(seen, &visitors);
    let mut calls = Calls::default();
    let mut reader = Reader::new(forest, &lexicon);
    for (index, trace) in forest.traces.iter().enumerate() {
        let sample = seen.samples.get(visitors[index] as usize);
        let root = forest.span(trace.from);
        let (start, end) = sample.map_or((root.start, root.end), |one| (one.sent, one.done));
        let Some(moment) = windows.moment(start, end) else {
            continue;
        };
        let books = calls.at(moment);
        reader.read(trace, sample, entry, books);
        let node = forest.node(trace.from);
        books.path_ns += (node.end - node.start) as u64;
        if seen.samples.is_empty() && root.kind == SpanKind::Server {
            books.requests += 1;
        }
    }
    for sample in seen.samples {
        let Some(moment) = windows.moment(sample.sent, sample.done) else {
            continue;
        };
        let books = calls.at(moment);
        books.requests += 1;
        if let Some(entry) = entry {
            visit(seen, sample, entry, books);
        }
    }
    calls
}

impl Calls {
    fn at(&mut self, moment: Moment) -> &mut Books {
        match moment {
            Moment::Before => &mut self.before,
            Moment::During => &mut self.during,
        }
    }
}

/// The service at the root of most visitors' traces.
fn entry(seen: &Seen<'_>, visitors: &[u32]) -> Option<Sym> {
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
fn visit(seen: &Seen<'_>, sample: &Sample, entry: Sym, books: &mut Books) {
    let way = Way {
        caller: Sym::NONE,
        callee: entry,
    };
    let traffic = books.ways.entry(way).or_default();
    traffic.calls += 1;
    let trace = seen.forest.find(sample.trace);
    let root = trace
        .map(|trace| seen.forest.span(seen.forest.traces[trace].from))
        .filter(|root| root.service == entry && root.start < sample.done);
    if let Some(root) = root {
        let lag = sample.service_ns().saturating_sub(root.duration_ns());
        traffic.answered += 1;
        traffic.travelled.add(lag);
        traffic.lags.push(lag);
        books.path_ns += lag;
    } else if sample.status == 0 && !sample.ok() {
        traffic.unanswered += 1;
        traffic.waited.add(sample.service_ns());
        books.path_ns += sample.service_ns();
        if trace.is_none() {
            *books.origins.entry(Blame::Way(way)).or_default() += 1.0;
        }
    }
}
