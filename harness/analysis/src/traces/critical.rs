//! The critical path: at each moment of a request, the one span that was being waited for.
//!
//! Walks back from the end of the root: the time after the last child to finish is the parent's
//! own, then that child's path, then the child that had finished before it began, and so on (the
//! walk of Jaeger's trace page; CRISP, USENIX ATC 2022). It must not know services.

use harness_model::{SpanKind, Spans};

use super::node::Nodes;

/// A stretch of the path: `node` was being waited for from `start` to `end` (ns).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    pub node: u32,
    pub start: i64,
    pub end: i64,
}

/// A node on the way down.
struct Frame {
    node: u32,
    /// The path leaves the node here; at most its end.
    until: i64,
    /// Everything from here to `until` is explained.
    cursor: i64,
    /// A child may overlap the next one by so much and still count as before it.
    tolerance: i64,
    /// Where its children lie in the pool, and the next of them to look at.
    from: usize,
    next: usize,
}

/// Buffers of the walk, kept between traces; no recursion, so depth costs memory only.
#[derive(Default)]
pub struct Walker {
    frames: Vec<Frame>,
    /// Children of all open frames, each frame's sorted by end, latest first.
    pool: Vec<u32>,
}

impl Walker {
    /// Emits the sections from the last to the first. They are disjoint, none is empty, and
    /// together they are exactly the root's time.
    pub fn walk(
        &mut self,
        spans: &Spans,
        nodes: &Nodes,
        root: u32,
        mut section: impl FnMut(Section),
    ) {
        let mut emit = |node: u32, start: i64, end: i64| {
            if start < end {
                section(Section { node, start, end });
            }
        };
        self.enter(spans, nodes, root, nodes.get(spans, root).end);
        while let Some(frame) = self.frames.last_mut() {
            let mut below = None;
            while below.is_none() && frame.next < self.pool.len() {
                let child = self.pool[frame.next];
                frame.next += 1;
                let node = nodes.get(spans, child);
                let end = node.end.min(frame.until);
                if node.start < frame.cursor && end <= frame.cursor + frame.tolerance {
                    let end = end.min(frame.cursor);
                    emit(frame.node, end, frame.cursor);
                    frame.cursor = node.start;
                    below = Some((child, end));
                }
            }
            if let Some((child, end)) = below {
                self.enter(spans, nodes, child, end);
            } else {
                let (node, from, cursor) = (frame.node, frame.from, frame.cursor);
                emit(node, nodes.get(spans, node).start, cursor);
                self.pool.truncate(from);
                self.frames.pop();
            }
        }
    }

    fn enter(&mut self, spans: &Spans, nodes: &Nodes, node: u32, until: i64) {
        let from = self.pool.len();
        let at = nodes.get(spans, node);
        let children = at.first_child..at.first_child + at.children;
        // No caller waits for work that was sent off to be done later.
        self.pool.extend(children.filter(|child| {
            let kind = spans.kind(nodes.get(spans, *child).span as usize);
            !matches!(kind, SpanKind::Producer | SpanKind::Consumer)
        }));
        self.pool[from..].sort_unstable_by_key(|child| {
            let node = nodes.get(spans, *child);
            (-node.end.min(until), node.start, *child)
        });
        self.frames.push(Frame {
            node,
            until,
            cursor: until,
            tolerance: (at.end - at.start) / 100,
            from,
            next: from,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::assemble::assemble;
    use super::super::clocks::settle;
    use super::super::made_up::{span, trees};
    use super::*;
    use harness_model::Span;
    use harness_model::SpanKind::{Client, Internal, Producer, Server};
    use proptest::prelude::*;

    fn sections(spans: &[Span]) -> Vec<(u64, i64, i64)> {
        let spans: Spans = spans.iter().copied().collect();
        let (mut nodes, _) = assemble(&spans);
        settle(&spans, &mut nodes);
        let mut sections = Vec::new();
        Walker::default().walk(&spans, &nodes, 0, |one| {
            let span = nodes.get(&spans, one.node).span;
            sections.push((spans.get(span as usize).id, one.start, one.end));
        });
        sections.reverse();
        sections
    }

    #[test]
    fn children_back_to_back_are_all_on_the_path() {
        let spans = [
            span(1, 0, 1, Server, 0, 100),
            span(2, 1, 1, Internal, 10, 40),
            span(3, 1, 1, Internal, 40, 90),
        ];
        let expected = [(1, 0, 10), (2, 10, 40), (3, 40, 90), (1, 90, 100)];
        assert_eq!(sections(&spans), expected);
    }

    #[test]
    fn of_parallel_children_the_last_to_finish_is_on_the_path() {
        let spans = [
            span(1, 0, 1, Server, 0, 100),
            span(2, 1, 1, Client, 10, 60),
            span(3, 1, 1, Client, 10, 90),
        ];
        assert_eq!(sections(&spans), [(1, 0, 10), (3, 10, 90), (1, 90, 100)]);
    }

    #[test]
    fn a_child_that_outlives_its_parent_is_cut_and_what_is_sent_off_is_not_waited_for() {
        let spans = [
            span(1, 0, 1, Server, 0, 100),
            span(2, 1, 1, Internal, 70, 400),
            span(3, 1, 1, Producer, 20, 60),
        ];
        assert_eq!(sections(&spans), [(1, 0, 70), (2, 70, 100)]);
    }

    #[test]
    fn ten_thousand_spans_deep_is_no_deeper_than_wide() {
        let mut deep = vec![span(1, 0, 1, Server, 0, 30_000)];
        let nested = |i: u64| span(i, i - 1, 1, Internal, i as i64, 30_000 - i as i64);
        deep.extend((2..=10_000).map(nested));
        let found = sections(&deep);
        assert_eq!(
            found.iter().map(|(_, from, to)| to - from).sum::<i64>(),
            30_000
        );
        assert_eq!(found.len(), 2 * 10_000 - 1);
    }

    proptest! {
        #[test]
        fn sections_are_in_order_disjoint_and_exactly_the_root(spans in trees()) {
            let found = sections(&spans);
            let (from, to) = (spans[0].start.0, spans[0].end.0);
            let mut cursor = from;
            for (_, start, end) in &found {
                prop_assert_eq!(*start, cursor);
                prop_assert!(end > start);
                cursor = *end;
            }
            prop_assert_eq!(cursor, to);
        }
    }
}
