//! When a span really ran: corrects clocks that are off, and cuts children that outlive their
//! parents.
//!
//! Owns the corrected times of the nodes. It must not know what the times are used for.

use std::collections::BTreeMap;

use harness_model::{Span, SpanKind, Spans, Sym};

use super::node::{NONE, Nodes};

/// Calls from one service to another: all, and those answered outside of their client span.
#[derive(Default)]
struct Pair {
    calls: u32,
    outside: u32,
}

/// Corrects and cuts every node, parents first.
///
/// The correction is the one that Jaeger documents: a server span that lies outside of the client
/// span of another service is moved to its middle. It is made only where most calls between the
/// two services need it. A clock is off for all of them; a single call that begins after its
/// caller gave up tells of a process that stood still.
pub fn settle(spans: &Spans, nodes: &mut Nodes) {
    let pairs = pairs(spans, nodes);
    for index in 0..nodes.len() as u32 {
        let node = nodes.get(spans, index);
        let span = &spans.get(node.span as usize);
        let raw = (span.start.0, span.end.0.max(span.start.0));
        let above = (node.parent != NONE).then(|| nodes.get(spans, node.parent));
        let shift = above.map_or(0, |above| {
            let caller = &spans.get(above.span as usize);
            let crosses = is_call(caller, span) && !node.adopted;
            let skewed = crosses
                && pairs
                    .get(&(caller.service, span.service))
                    .is_some_and(|pair| pair.outside * 2 > pair.calls);
            if skewed {
                let within = (
                    caller.start.0 + above.shift,
                    caller.end.0.max(caller.start.0) + above.shift,
                );
                centred(within, raw)
            } else if node.adopted {
                0
            } else {
                above.shift
            }
        });
        let (mut start, mut end) = (raw.0 + shift, raw.1 + shift);
        if let Some(above) = above {
            start = start.clamp(above.start, above.end);
            end = end.clamp(start, above.end);
        }
        nodes.settle(spans, index, start, end, shift);
    }
}

fn is_call(caller: &Span, callee: &Span) -> bool {
    caller.kind == SpanKind::Client
        && callee.kind == SpanKind::Server
        && caller.service != callee.service
}

fn pairs(spans: &Spans, nodes: &Nodes) -> BTreeMap<(Sym, Sym), Pair> {
    let mut pairs: BTreeMap<(Sym, Sym), Pair> = BTreeMap::new();
    for index in 0..nodes.len() as u32 {
        let node = nodes.get(spans, index);
        if node.parent == NONE {
            continue;
        }
        let callee = &spans.get(node.span as usize);
        let caller = &spans.get(nodes.get(spans, node.parent).span as usize);
        if !is_call(caller, callee) {
            continue;
        }
        let pair = pairs.entry((caller.service, callee.service)).or_default();
        pair.calls += 1;
        let within = (caller.start.0, caller.end.0);
        pair.outside += u32::from(centred(within, (callee.start.0, callee.end.0)) != 0);
    }
    pairs
}

/// How far to move a child; 0 when it lies inside. One that is longer than its parent is not
/// skewed but was given up on; it is moved only to start with it.
fn centred(parent: (i64, i64), child: (i64, i64)) -> i64 {
    let room = (parent.1 - parent.0) - (child.1 - child.0);
    if room < 0 {
        return (parent.0 - child.0).max(0);
    }
    if child.0 >= parent.0 && child.1 <= parent.1 {
        return 0;
    }
    parent.0 + room / 2 - child.0
}
