//! The ten spans of a request: gateway, the service behind it, and the three that it calls.
//!
//! Every child lies within its parent. It must not know files.

use harness_model::{Offset, Sample, Span, SpanKind, Strings, Sym};

use crate::common::OPERATIONS;

/// Parent (place in the trace), kind, and where it lies in the request, in thousandths.
const SHAPE: [(usize, SpanKind, i64, i64); 10] = [
    (0, SpanKind::Server, 10, 990),
    (0, SpanKind::Client, 50, 950),
    (1, SpanKind::Server, 80, 920),
    (2, SpanKind::Internal, 100, 200),
    (2, SpanKind::Client, 220, 420),
    (4, SpanKind::Server, 240, 400),
    (2, SpanKind::Client, 440, 640),
    (6, SpanKind::Server, 460, 620),
    (2, SpanKind::Client, 660, 880),
    (8, SpanKind::Server, 680, 860),
];

/// The spans of a request; their times count from the start of the run, `zero` before the load's.
pub fn spans(sample: &Sample, zero: Offset, operation: &str, names: &mut Strings) -> Vec<Span> {
    let known = OPERATIONS.iter().find(|(name, ..)| *name == operation);
    let Some((_, first, [b, c, d])) = known else {
        return Vec::new();
    };
    let services = [
        "gateway", "gateway", first, first, first, b, first, c, first, d,
    ];
    let peers = ["", first, "", "", b, "", c, "", d, ""];
    let (from, length) = (
        sample.sent.ns() + zero.ns(),
        sample.done.ns() - sample.sent.ns(),
    );
    let first_id = (sample.trace as u64) & !0xF;
    SHAPE
        .iter()
        .enumerate()
        .map(|(place, (parent, kind, begin, end))| {
            let through_payment = services[place] == "payment" || peers[place] == "payment";
            let failed = !sample.ok() && (place < 3 || through_payment);
            Span {
                trace: sample.trace,
                id: first_id + 1 + place as u64,
                parent: if place == 0 {
                    u64::MAX
                } else {
                    first_id + 1 + *parent as u64
                },
                service: names.intern(services[place]),
                instance: names.intern(services[place]),
                name: names.intern(operation),
                kind: *kind,
                start: Offset(from + length * begin / 1000),
                end: Offset(from + length * end / 1000),
                failed,
                error_type: if failed {
                    names.intern("unavailable")
                } else {
                    Sym::NONE
                },
                peer: names.intern(peers[place]),
                http_status: if failed { 503 } else { 200 },
                resend: 0,
            }
        })
        .collect()
}
