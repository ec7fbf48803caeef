//! All traces of a run as trees: who called whom, when, and what the visitor was waiting for.
//!
//! Built once, then only read. It must not know faults, phases or what a service is suspected of.

use std::ops::Range;

use harness_model::{Span, SpanKind, Spans};

use super::node::{Node, Nodes, Trace};
use super::{assemble, clocks, critical};

/// All traces of a run, by id.
#[derive(Debug)]
pub struct Forest<'a> {
    pub spans: &'a Spans,
    pub nodes: Nodes,
    pub traces: Vec<Trace>,
    /// Node -> nanoseconds on the critical path that no child of it explains.
    pub critical: Vec<u64>,
}

impl<'a> Forest<'a> {
    /// Sorts the spans into trees: duplicates are dropped, circles broken, orphans adopted, skewed
    /// clocks corrected, children cut to their parents. O(n log n).
    pub fn of(spans: &'a Spans) -> Forest<'a> {
        let (mut nodes, traces) = assemble::assemble(spans);
        clocks::settle(spans, &mut nodes);
        let mut critical = vec![0; nodes.len()];
        let mut walker = critical::Walker::default();
        for trace in &traces {
            walker.walk(spans, &nodes, trace.from, |section| {
                critical[section.node as usize] += (section.end - section.start) as u64;
            });
        }
        Forest {
            spans,
            nodes,
            traces,
            critical,
        }
    }

    /// Index of the trace with this id.
    pub fn find(&self, id: u128) -> Option<usize> {
        self.traces.binary_search_by_key(&id, |trace| trace.id).ok()
    }

    pub fn node(&self, node: u32) -> Node {
        self.nodes.get(self.spans, node)
    }

    pub fn span(&self, node: u32) -> Span {
        self.spans.get(self.nodes.span(node) as usize)
    }

    pub fn children(&self, node: u32) -> Range<u32> {
        let node = self.node(node);
        node.first_child..node.first_child + node.children
    }

    /// The first server span of another service right under a client span: who answered it.
    pub fn answerer(&self, client: u32) -> Option<u32> {
        let service = self.span(client).service;
        self.children(client).find(|child| {
            let span = self.span(*child);
            span.kind == SpanKind::Server && span.service != service
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{span, trees};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duplicate_is_dropped_and_children_come_by_start() {
        let spans = Spans::from(vec![
            span(3, 1, 1, SpanKind::Internal, 50, 60),
            span(2, 1, 1, SpanKind::Internal, 10, 20),
            span(1, 9, 1, SpanKind::Server, 0, 100),
            span(2, 1, 1, SpanKind::Internal, 10, 20),
        ]);
        let forest = Forest::of(&spans);
        assert_eq!(forest.nodes.len(), 3);
        let ids: Vec<u64> = (0..3).map(|node| forest.span(node).id).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert!(
            !forest.traces[0].incomplete,
            "only the caller's own span is missing"
        );
    }

    #[test]
    fn an_orphan_is_adopted_by_the_root_and_said_to_be() {
        let spans = Spans::from(vec![
            span(1, 0, 1, SpanKind::Server, 0, 100),
            span(5, 4, 2, SpanKind::Server, 20, 30),
        ]);
        let forest = Forest::of(&spans);
        assert!(forest.traces[0].incomplete);
        assert!(forest.node(1).adopted && forest.node(1).parent == 0);
    }

    #[test]
    fn a_circle_is_broken_and_no_span_is_lost() {
        let spans = Spans::from(vec![
            span(1, 3, 1, SpanKind::Internal, 0, 100),
            span(2, 1, 1, SpanKind::Internal, 10, 90),
            span(3, 2, 1, SpanKind::Internal, 20, 80),
            span(4, 4, 1, SpanKind::Internal, 30, 40),
        ]);
        let forest = Forest::of(&spans);
        assert_eq!(forest.nodes.len(), 4);
        assert_eq!(forest.span(0).id, 1);
        assert!(forest.traces[0].incomplete);
    }

    #[test]
    fn a_clock_that_is_always_off_is_corrected_and_one_late_start_is_not() {
        let ms = 1_000_000;
        let call = |trace: u128, lag: i64| {
            let mut client = span(1, 0, 1, SpanKind::Client, 1000 * ms, 1100 * ms);
            let (from, to) = ((1000 + lag) * ms, (1050 + lag) * ms);
            let mut server = span(2, 1, 2, SpanKind::Server, from, to);
            (client.trace, server.trace) = (trace, trace);
            [client, server]
        };
        let skewed: Spans = (1..5).flat_map(|trace| call(trace, 5000)).collect();
        let forest = Forest::of(&skewed);
        let server = forest.node(1);
        assert_eq!((server.start, server.end), (1025 * ms, 1075 * ms));
        let mut frozen: Spans = (1..5).flat_map(|trace| call(trace, 25)).collect();
        frozen.extend(call(9, 5000));
        let forest = Forest::of(&frozen);
        assert_eq!(forest.node(forest.nodes.len() as u32 - 1).shift, 0);
    }

    proptest! {
        #[test]
        fn the_critical_parts_add_up_to_the_root(spans in trees()) {
            let spans = Spans::from(spans);
            let forest = Forest::of(&spans);
            let root = forest.node(0);
            prop_assert_eq!(forest.critical.iter().sum::<u64>(), (root.end - root.start) as u64);
        }

        #[test]
        fn no_span_is_lost_and_the_order_they_came_in_does_not_matter(spans in trees()) {
            let turned: Spans = spans.iter().copied().rev().collect();
            let spans = Spans::from(spans);
            let (one, other) = (Forest::of(&spans), Forest::of(&turned));
            prop_assert_eq!(one.nodes.len(), spans.len());
            let ids = |forest: &Forest| -> Vec<(u64, i64, i64)> {
                let line = |node| {
                    let at = forest.node(node);
                    (forest.span(node).id, at.start, at.end)
                };
                (0..forest.nodes.len() as u32).map(line).collect()
            };
            prop_assert_eq!(ids(&one), ids(&other));
        }
    }
}
