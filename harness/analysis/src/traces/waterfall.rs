//! One trace as rows to draw.
//!
//! Owns what is shown of a trace: the spans that took a share of it, those that failed, and all
//! those above them. It must not choose the trace.

use harness_model::report::{Waterfall, WaterfallRow};
use harness_model::strings::Strings;

use super::forest::Forest;
use super::node::{NONE, Trace};

/// More rows than this are counted and not shown.
const ROWS: usize = 28;

/// The rows of `trace` (an index), depth first; times in ms from the start of its root.
pub fn waterfall(
    forest: &Forest<'_>,
    strings: &Strings,
    trace: usize,
    operation: &str,
) -> Waterfall {
    let trace = &forest.traces[trace];
    let root = forest.node(trace.from);
    let shown = shown(forest, trace);
    let mut rows = Vec::new();
    let mut stack = vec![(trace.from, 0_u32)];
    while let Some((node, depth)) = stack.pop() {
        if !shown[(node - trace.from) as usize] {
            continue;
        }
        rows.push(row(forest, strings, node, depth, root.start));
        stack.extend(forest.children(node).rev().map(|child| (child, depth + 1)));
    }
    Waterfall {
        trace_id: format!("{:032x}", trace.id),
        operation: operation.to_owned(),
        duration_ms: (root.end - root.start) as f64 / 1e6,
        omitted: (trace.to - trace.from) - rows.len() as u32,
        rows,
    }
}

/// Which nodes of the trace are drawn: the longest and the failed ones first, as long as they and
/// all above them fit.
fn shown(forest: &Forest<'_>, trace: &Trace) -> Vec<bool> {
    let weight = |node: &u32| {
        let (at, span) = (forest.node(*node), forest.span(*node));
        (!span.failed, at.start - at.end, *node)
    };
    let mut nodes: Vec<u32> = (trace.from..trace.to).collect();
    nodes.sort_unstable_by_key(weight);
    let mut shown = vec![false; nodes.len()];
    let mut room = ROWS;
    for node in nodes {
        let mut line = Vec::new();
        let mut at = node;
        while at != NONE && !shown[(at - trace.from) as usize] {
            line.push(at);
            at = forest.node(at).parent;
        }
        if line.len() <= room {
            room -= line.len();
            line.iter()
                .for_each(|at| shown[(at - trace.from) as usize] = true);
        }
    }
    shown
}

fn row(
    forest: &Forest<'_>,
    strings: &Strings,
    node: u32,
    depth: u32,
    origin_ns: i64,
) -> WaterfallRow {
    let (at, span) = (forest.node(node), forest.span(node));
    WaterfallRow {
        service: strings.name(span.service).to_owned(),
        name: strings.name(span.name).to_owned(),
        kind: span.kind,
        adopted: at.adopted,
        depth,
        start_ms: (span.start.0 + at.shift - origin_ns) as f64 / 1e6,
        duration_ms: span.duration_ns() as f64 / 1e6,
        critical_ms: forest.critical[node as usize] as f64 / 1e6,
        failed: span.failed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::made_up::span;
    use super::*;
    use harness_model::{Span, SpanKind, Spans};

    fn draw(spans: &[Span]) -> Waterfall {
        let spans: Spans = spans.iter().copied().collect();
        waterfall(&Forest::of(&spans), &Strings::default(), 0, "buy")
    }

    #[test]
    fn rows_go_down_before_they_go_on_and_the_rest_is_counted() {
        let mut spans = vec![
            span(1, 0, 1, SpanKind::Server, 0, 9_000_000),
            span(2, 1, 1, SpanKind::Client, 1_000_000, 4_000_000),
            span(3, 2, 2, SpanKind::Server, 2_000_000, 3_000_000),
            span(4, 1, 1, SpanKind::Internal, 5_000_000, 6_000_000),
        ];
        let drawn = draw(&spans);
        let depths: Vec<u32> = drawn.rows.iter().map(|row| row.depth).collect();
        assert_eq!(depths, [0, 1, 2, 1]);
        assert_eq!(drawn.rows[1].critical_ms, 2.0);
        spans.extend((5..200).map(|id| span(id, 1, 1, SpanKind::Internal, 0, 1)));
        let drawn = draw(&spans);
        assert_eq!(drawn.rows.len() + drawn.omitted as usize, 199);
    }
}
