//! One span in its tree, one tree, and the nodes of all trees.
//!
//! Plain data, packed: a run may have ten million nodes. It must not know how trees are built.

use harness_model::Spans;

/// No such node.
pub const NONE: u32 = u32::MAX;

/// One span in its tree. Nodes of a trace lie side by side, parents before children and the
/// children of one parent next to each other, by start.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Index into the run's spans.
    pub span: u32,
    /// Index of the parent's node, [`NONE`] for the root.
    pub parent: u32,
    pub first_child: u32,
    pub children: u32,
    /// Nanoseconds from the start of the load, corrected for skew and cut to the parent.
    pub start: i64,
    pub end: i64,
    /// Added to the span's own times to undo the skew of its clock, in ns.
    pub shift: i64,
    /// Hangs under the root because its parent is missing or its ancestors went round in a circle.
    pub adopted: bool,
}

/// One tree: `nodes[from..to]`, the root first.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    pub id: u128,
    pub from: u32,
    pub to: u32,
    /// Some span was adopted by the root.
    pub incomplete: bool,
}

/// The nodes of all traces, 17 bytes each. Times are kept only where they are not the span's own.
#[derive(Debug, Default)]
pub struct Nodes {
    links: Vec<Links>,
    adopted: Vec<bool>,
    settled: Vec<Settled>,
}

#[derive(Debug, Clone, Copy)]
struct Links {
    span: u32,
    parent: u32,
    /// Where the children lie, or would: those of the next node lie right behind.
    first_child: u32,
    /// Index into `settled`; [`NONE`] where the node took place when its span says.
    settled: u32,
}

/// Times that are not those of the span.
#[derive(Debug, Clone, Copy)]
struct Settled {
    start: i64,
    end: i64,
    shift: i64,
}

impl Nodes {
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Appends a node whose times are the span's own; see [`Node`].
    pub fn push(&mut self, span: u32, parent: u32, first_child: u32, adopted: bool) {
        self.links.push(Links {
            span,
            parent,
            first_child,
            settled: NONE,
        });
        self.adopted.push(adopted);
    }

    pub fn get(&self, spans: &Spans, index: u32) -> Node {
        let links = self.links[index as usize];
        let (start, end) = spans.times(links.span as usize);
        let own = Settled {
            start,
            end: end.max(start),
            shift: 0,
        };
        let settled = self.settled.get(links.settled as usize).unwrap_or(&own);
        Node {
            span: links.span,
            parent: links.parent,
            first_child: links.first_child,
            children: self.children(index),
            start: settled.start,
            end: settled.end,
            shift: settled.shift,
            adopted: self.adopted[index as usize],
        }
    }

    /// Index into the run's spans.
    pub fn span(&self, index: u32) -> u32 {
        self.links[index as usize].span
    }

    /// A node that another root follows is the last of its trace, and has none.
    fn children(&self, index: u32) -> u32 {
        match self.links.get(index as usize + 1) {
            Some(next) if next.parent != NONE => {
                next.first_child - self.links[index as usize].first_child
            }
            _ => 0,
        }
    }

    /// States when a node took place, and by how much its clock was off.
    pub fn settle(&mut self, spans: &Spans, index: u32, start: i64, end: i64, shift: i64) {
        let now = self.get(spans, index);
        if (now.start, now.end, now.shift) == (start, end, shift) {
            return;
        }
        let settled = Settled { start, end, shift };
        let links = &mut self.links[index as usize];
        match self.settled.get_mut(links.settled as usize) {
            Some(known) => *known = settled,
            None => {
                links.settled = self.settled.len() as u32;
                self.settled.push(settled);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use harness_model::SpanKind;

    use super::super::made_up::span;
    use super::*;

    #[test]
    fn times_are_kept_only_where_they_are_not_the_spans_own() {
        let spans = Spans::from(vec![
            span(1, 0, 1, SpanKind::Server, 0, 100),
            span(2, 1, 1, SpanKind::Client, 10, 130),
            span(3, 0, 1, SpanKind::Server, 50, 40),
        ]);
        let mut nodes = Nodes::default();
        nodes.push(0, NONE, 1, false);
        nodes.push(1, 0, 2, false);
        nodes.push(2, NONE, 3, true);
        assert_eq!(size_of::<Links>(), 16, "a run may have ten million of them");

        nodes.settle(&spans, 0, 0, 100, 0);
        assert!(nodes.settled.is_empty());
        nodes.settle(&spans, 1, 10, 100, 0);
        nodes.settle(&spans, 1, 12, 99, 2);
        assert_eq!(nodes.settled.len(), 1);
        let (root, cut, late) = (
            nodes.get(&spans, 0),
            nodes.get(&spans, 1),
            nodes.get(&spans, 2),
        );
        assert_eq!(
            (cut.start, cut.end, cut.shift, cut.children),
            (12, 99, 2, 0)
        );
        assert_eq!((root.start, root.end, root.children), (0, 100, 1));
        // A clock that says it ended first makes no time of less than nothing.
        assert_eq!((late.start, late.end, late.adopted), (50, 50, true));
    }
}
