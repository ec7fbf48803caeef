//! When a span really ran: corrects clocks that are off, and cuts children that outlive their
//! parents.
//!
//! Owns the corrected times of the nodes. It must not know what the times are used for.

use std::collections::BTreeMap;

use harness_model::{Span, SpanKind, Spans, Sym};

use super::node::{NONE, Nodes};

/// At most so many calls of a pair are looked at, evenly chosen.
const SAMPLE: usize = 4096;
/// Two clocks may drift apart by so much over a run and still count as one offset, ns.
const DRIFT: i64 = 2_000_000;

/// A process: its service and its instance.
type Process = (Sym, Sym);

/// How far the callee's clock can be ahead of the caller's, by one call.
#[derive(Clone, Copy)]
struct Bound {
    at: i64,
    low: i64,
    high: i64,
}

/// Calls from one process to another.
#[derive(Default)]
struct Pair {
    calls: u64,
    /// One call of so many is kept.
    every: u64,
    bounds: Vec<Bound>,
}

/// Corrects and cuts every node, parents first.
///
/// A server span lies within its client span, so each call bounds how far the callee's clock is
/// ahead of the caller's, from both sides (F. Cristian, *Distributed Computing* 3, 1989). The
/// offset that most calls agree on is that of K. Marzullo's algorithm (thesis, Stanford, 1984),
/// which NTP uses. It is corrected only where it is one: most calls agree on it and not on none,
/// and in most of the run. A process that stood still makes calls late as well, but each by its
/// own time.
pub fn settle(spans: &Spans, nodes: &mut Nodes) {
    let pairs = pairs(spans, nodes);
    let offsets: BTreeMap<(Process, Process), i64> = pairs
        .into_iter()
        .map(|(ends, pair)| (ends, pair.offset()))
        .filter(|(_, offset)| *offset != 0)
        .collect();
    for index in 0..nodes.len() as u32 {
        let node = nodes.get(spans, index);
        let span = &spans.get(node.span as usize);
        let raw = (span.start.0, span.end.0.max(span.start.0));
        let above = (node.parent != NONE).then(|| nodes.get(spans, node.parent));
        let shift = above.filter(|_| !node.adopted).map_or(0, |above| {
            let caller = &spans.get(above.span as usize);
            let ends = is_call(caller, span).then(|| (process(caller), process(span)));
            let ahead = ends.and_then(|ends| offsets.get(&ends));
            above.shift - ahead.copied().unwrap_or(0)
        });
        let (mut start, mut end) = (raw.0 + shift, raw.1 + shift);
        if let Some(above) = above {
            start = start.clamp(above.start, above.end);
            end = end.clamp(start, above.end);
        }
        nodes.settle(spans, index, start, end, shift);
    }
}

fn process(span: &Span) -> Process {
    (span.service, span.instance)
}

fn is_call(caller: &Span, callee: &Span) -> bool {
    caller.kind == SpanKind::Client
        && callee.kind == SpanKind::Server
        && caller.service != callee.service
}

fn pairs(spans: &Spans, nodes: &Nodes) -> BTreeMap<(Process, Process), Pair> {
    let mut pairs: BTreeMap<(Process, Process), Pair> = BTreeMap::new();
    for index in 0..nodes.len() as u32 {
        let node = nodes.get(spans, index);
        if node.parent == NONE {
            continue;
        }
        let callee = &spans.get(node.span as usize);
        let caller = &spans.get(nodes.get(spans, node.parent).span as usize);
        if is_call(caller, callee) && !node.adopted {
            let ends = (process(caller), process(callee));
            pairs.entry(ends).or_default().add(caller, callee);
        }
    }
    pairs
}

impl Pair {
    fn add(&mut self, caller: &Span, callee: &Span) {
        let every = self.every.max(1);
        self.calls += 1;
        if !self.calls.is_multiple_of(every) {
            return;
        }
        let high = callee.start.0 - caller.start.0;
        // A callee that took longer than its caller waited was given up on: that says nothing of
        // its end.
        let is_given_up = callee.duration_ns() > caller.duration_ns();
        let low = if is_given_up {
            i64::MIN / 2
        } else {
            callee.end.0 - caller.end.0
        };
        self.bounds.push(Bound {
            at: caller.start.0,
            low: low.saturating_sub(DRIFT),
            high: high.saturating_add(DRIFT),
        });
        if self.bounds.len() == SAMPLE {
            let mut odd = false;
            self.bounds.retain(|_| {
                odd = !odd;
                odd
            });
            self.every = every * 2;
        }
    }

    /// How far the callee's clock is ahead; 0 where the calls do not agree on one offset.
    fn offset(&self) -> i64 {
        if self.agree(0) * 2 > self.bounds.len() {
            return 0;
        }
        let offset = self.most_agreed();
        let holds = self.agree(offset) * 2 > self.bounds.len() && self.holds_over_time(offset);
        if holds { offset } else { 0 }
    }

    fn agree(&self, offset: i64) -> usize {
        let agrees = |bound: &&Bound| (bound.low..=bound.high).contains(&offset);
        self.bounds.iter().filter(agrees).count()
    }

    /// The middle of the offsets on which most calls agree (Marzullo).
    fn most_agreed(&self) -> i64 {
        let mut ends: Vec<(i64, i64)> = Vec::with_capacity(self.bounds.len() * 2);
        for bound in &self.bounds {
            // Where one begins and another ends, they agree.
            ends.push((bound.low, -1));
            ends.push((bound.high, 1));
        }
        ends.sort_unstable();
        let (mut open, mut most, mut best) = (0, 0, 0);
        for (index, (at, step)) in ends.iter().enumerate() {
            open -= step;
            if open > most {
                most = open;
                let until = ends.get(index + 1).map_or(*at, |next| next.0);
                let is_bounded = *at > i64::MIN / 4;
                best = if is_bounded {
                    at + (until - at) / 2
                } else {
                    until
                };
            }
        }
        best
    }

    /// Most calls agree in most thirds of the time in which there were any.
    fn holds_over_time(&self, offset: i64) -> bool {
        let at = |bound: &Bound| bound.at;
        let from = self.bounds.iter().map(at).min().unwrap_or(0);
        let to = self.bounds.iter().map(at).max().unwrap_or(0);
        let third = (to - from) / 3 + 1;
        let thirds = (0..3).filter_map(|index| {
            let within = self
                .bounds
                .iter()
                .filter(|bound| (bound.at - from) / third == index);
            let (mut calls, mut agree) = (0, 0);
            for bound in within {
                calls += 1;
                agree += usize::from((bound.low..=bound.high).contains(&offset));
            }
            (calls > 0).then_some(agree * 2 > calls)
        });
        let held: Vec<bool> = thirds.collect();
        held.iter().filter(|held| **held).count() * 2 > held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::span;
    use super::*;
    use harness_model::SpanKind::{Client, Server};

    const MS: i64 = 1_000_000;

    /// A pair after calls every 10 ms for 30 s, each waiting up to a second for an answer that
    /// takes 5 ms; `arrives` says when the callee begins, by its own clock.
    fn pair(arrives: impl Fn(i64) -> i64) -> Pair {
        let mut pair = Pair::default();
        for at in (0..30_000 * MS).step_by(10 * MS as usize) {
            // By the caller's clock the answer is there 5 ms after the callee began.
            let begins = arrives(at);
            let waited = (begins - at + 5 * MS).min(1000 * MS);
            let client = span(1, 0, 1, Client, at, at + waited.max(6 * MS));
            pair.add(&client, &span(2, 1, 2, Server, begins, begins + 5 * MS));
        }
        pair
    }

    #[test]
    fn a_freeze_of_nine_calls_of_ten_is_no_skew() {
        // The callee stands still from 3 s to the end of the run, and then begins all at once.
        let thawed = 30_000 * MS;
        let frozen = pair(|at| if at < 3000 * MS { at + MS / 2 } else { thawed });
        assert_eq!(frozen.offset(), 0);
        let begun_late = frozen.bounds.iter().filter(|bound| bound.low > 0).count();
        assert!(begun_late * 10 > frozen.bounds.len() * 8, "{begun_late}");
    }

    #[test]
    fn a_clock_that_is_250_ms_off_is_found_on_both_sides() {
        for ahead in [250 * MS, -250 * MS] {
            let mut pair = Pair::default();
            for at in (0..30_000 * MS).step_by(10 * MS as usize) {
                let client = span(1, 0, 1, Client, at, at + 6 * MS);
                let begins = at + MS / 2 + ahead;
                pair.add(&client, &span(2, 1, 2, Server, begins, begins + 5 * MS));
            }
            let off = pair.offset() - ahead;
            assert!(off.abs() <= MS / 2 + DRIFT, "{off} ns off");
        }
    }

    #[test]
    fn a_clock_that_is_off_for_a_part_of_the_run_only_is_not_corrected() {
        // As when a callee hangs for nine calls of ten, and all of them begin a second late.
        let mut pair = Pair::default();
        for number in 0..1000 {
            let (at, late) = if number < 900 {
                (10_000 * MS + number * MS / 10, 2000 * MS)
            } else {
                ((number - 900) * 300 * MS, MS / 2)
            };
            let client = span(1, 0, 1, Client, at, at + 6 * MS);
            let begins = at + late;
            pair.add(&client, &span(2, 1, 2, Server, begins, begins + 5 * MS));
        }
        assert_eq!(pair.offset(), 0);
    }
}
