//! Made-up spans for tests.

use harness_model::{Offset, Span, SpanKind, Sym};
use proptest::prelude::*;

/// A span of service `service`, called like its number; times in ns.
pub fn span(id: u64, parent: u64, service: u32, kind: SpanKind, from: i64, to: i64) -> Span {
    Span {
        trace: 1,
        id,
        parent,
        service: Sym(service),
        instance: Sym::NONE,
        name: Sym::NONE,
        kind,
        start: Offset(from),
        end: Offset(to),
        failed: false,
        error_type: Sym::NONE,
        peer: Sym::NONE,
        http_status: 200,
        resend: 0,
    }
}

/// Any tree: parents are earlier spans, times are anything, also outside of the parent.
pub fn trees() -> impl Strategy<Value = Vec<Span>> {
    let one = (
        any::<prop::sample::Index>(),
        0..4_u32,
        0..5_u8,
        -50..300_i64,
        0..200_i64,
    );
    prop::collection::vec(one, 1..60).prop_map(|parts| {
        let mut spans = Vec::new();
        for (i, (parent, service, kind, start, length)) in parts.into_iter().enumerate() {
            let id = i as u64 + 1;
            let parent = if i == 0 {
                0
            } else {
                parent.index(i) as u64 + 1
            };
            let kind = SpanKind::from_code(kind + 1);
            spans.push(span(id, parent, service, kind, start, start + length));
        }
        spans
    })
}
