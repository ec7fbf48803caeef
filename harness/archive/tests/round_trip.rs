//! What is written into a run folder comes back, with every time counted from the load's start.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use harness_archive::{ArchiveWriter, read};
use harness_model::metric::MetricPoint;
use harness_model::{
    ErrorClass, EventKind, Invariant, LoadTally, Offset, Relation, RunData, RunEvent, Sample, Span,
    SpanKind, Strings, Sym,
};
use proptest::collection::vec;
use proptest::prelude::*;

#[expect(dead_code, reason = "the large archive of the benchmark uses the rest")]
mod common;

const NAMES: [&str; 6] = [
    "",
    "gateway",
    "a,b=c",
    "with \"quotes\"",
    "Größe\n",
    "POST /orders",
];
/// The load's start, counted from the run's.
const ZERO: i64 = 3_000_000_007;
const RANGE: std::ops::Range<i64> = -1_000_000_000_000..1_000_000_000_000;

fn names() -> Strings {
    let mut strings = Strings::default();
    for name in NAMES {
        strings.intern(name);
    }
    strings
}

fn sym() -> impl Strategy<Value = Sym> {
    (0..NAMES.len() as u32).prop_map(Sym)
}

fn sample() -> impl Strategy<Value = Sample> {
    let times = (RANGE, RANGE, RANGE, RANGE, 0..u64::MAX / 2);
    let answer = (
        any::<u16>(),
        0..9_u8,
        any::<u32>(),
        any::<u128>(),
        any::<u32>(),
    );
    let place = (any::<u16>(), any::<u16>(), 0..4_u16);
    (sym(), sym(), times, answer, place).prop_map(|(operation, journey, times, answer, place)| {
        Sample {
            operation,
            journey,
            intended: Offset(times.0),
            sent: Offset(times.1),
            first_byte: Offset(times.2),
            done: Offset(times.3),
            lateness_ns: times.4,
            status: answer.0,
            error: ErrorClass::from_code(answer.1).unwrap(),
            bytes: answer.2,
            trace: answer.3,
            session: answer.4,
            step: place.0,
            attempt: place.1,
            phase: place.2,
        }
    })
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (any::<u128>(), any::<u64>(), any::<u64>());
    let called = (sym(), sym(), sym(), 1..6_u8);
    let outcome = (any::<bool>(), sym(), sym(), any::<u16>(), any::<u8>());
    (ids, called, RANGE, RANGE, outcome).prop_map(|(ids, called, start, end, outcome)| Span {
        trace: ids.0,
        id: ids.1,
        parent: ids.2,
        service: called.0,
        instance: called.1,
        name: called.2,
        kind: SpanKind::from_code(called.3),
        start: Offset(start),
        end: Offset(end),
        failed: outcome.0,
        error_type: outcome.1,
        peer: outcome.2,
        http_status: outcome.3,
        resend: outcome.4,
    })
}

fn point() -> impl Strategy<Value = MetricPoint> {
    let value = prop_oneof![any::<f64>(), Just(f64::INFINITY), Just(-0.0)];
    let value = value.prop_filter("NaN is not equal to itself", |value| !value.is_nan());
    let names = (sym(), sym(), sym(), sym());
    (names, RANGE, value).prop_map(
        |((service, instance, metric, labels), at, value)| MetricPoint {
            service,
            instance,
            metric,
            labels,
            at: Offset(at),
            value,
        },
    )
}

fn events() -> Vec<RunEvent> {
    let at = |at, what| RunEvent {
        at_ns: Offset(at),
        what,
    };
    let tally = LoadTally {
        sent: 3,
        cpu_s: 0.25,
        offered_per_s: vec![1, 2],
        left_per_s: vec![0, 1],
        ..LoadTally::default()
    };
    vec![
        at(0, EventKind::RunStarted),
        at(ZERO, EventKind::LoadStarted),
        at(ZERO + 5, EventKind::LoadFinished { tally }),
        at(
            ZERO + 6,
            EventKind::Doubt {
                why: "a \"line\"\nbreak".to_owned(),
            },
        ),
        at(ZERO + 7, EventKind::RunFinished),
    ]
}

fn write_and_read(samples: &[Sample], spans: &[Span], points: &[MetricPoint]) -> RunData {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (manifest, plan, names) = (common::manifest(), common::plan(), names());
    let mut writer = ArchiveWriter::create(&folder, &manifest, "x = 1\n", &plan).unwrap();
    for event in events() {
        writer.event(&event).unwrap();
    }
    for part in samples.chunks(3) {
        writer.samples(part, &names).unwrap();
    }
    for part in spans.chunks(7) {
        writer.spans(part, &names).unwrap();
    }
    for part in points.chunks(5) {
        writer.metrics(part, &names).unwrap();
    }
    writer.seal().unwrap();
    let text = std::fs::read_to_string(folder.join("scenario.toml")).unwrap();
    assert_eq!(text, "x = 1\n", "the scenario is kept word by word");
    read(&folder).unwrap()
}

/// The row with its names spelt out, as handles differ between tables.
fn spelt_point(point: &MetricPoint, strings: &Strings) -> (String, i64, u64) {
    let names = [point.service, point.instance, point.metric, point.labels];
    let names = names.map(|sym| strings.name(sym)).join("|");
    (names, point.at.ns(), point.value.to_bits())
}

fn spelt_sample(sample: &Sample, strings: &Strings) -> (String, Sample) {
    let texts = [sample.operation, sample.journey].map(|sym| strings.name(sym));
    let bare = Sample {
        operation: Sym::NONE,
        journey: Sym::NONE,
        ..*sample
    };
    (texts.join("|"), bare)
}

fn spelt_span(span: &Span, strings: &Strings) -> (String, Span) {
    let texts = [
        span.service,
        span.instance,
        span.name,
        span.error_type,
        span.peer,
    ];
    let none = Sym::NONE;
    let bare = Span {
        service: none,
        instance: none,
        name: none,
        error_type: none,
        peer: none,
        ..*span
    };
    (texts.map(|sym| strings.name(sym)).join("|"), bare)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn everything_written_is_read_again_from_the_start_of_the_load(
        samples in vec(sample(), 0..40),
        spans in vec(span(), 0..40),
        points in vec(point(), 0..40),
    ) {
        let run = write_and_read(&samples, &spans, &points);
        let names = names();
        prop_assert_eq!(&run.manifest, &common::manifest());
        prop_assert_eq!(&run.plan, &common::plan());

        let rebased = |event: RunEvent| RunEvent {
            at_ns: Offset(event.at_ns.ns() - ZERO),
            ..event
        };
        let expected: Vec<RunEvent> = events().into_iter().map(rebased).collect();
        prop_assert_eq!(&run.events, &expected);

        let sent = samples.iter().filter(|row| row.was_sent());
        let unsent = samples.iter().filter(|row| !row.was_sent());
        let expected: Vec<_> = sent.chain(unsent).map(|row| spelt_sample(row, &names)).collect();
        let found = run.samples.iter().chain(&run.unsent);
        let found: Vec<_> = found.map(|row| spelt_sample(row, &run.strings)).collect();
        prop_assert_eq!(found, expected, "samples count from the load's start already");

        let moved = |row: &Span| Span {
            start: Offset(row.start.ns() - ZERO),
            end: Offset(row.end.ns() - ZERO),
            ..*row
        };
        let expected: Vec<_> = spans.iter().map(|row| spelt_span(&moved(row), &names)).collect();
        let found: Vec<_> = run.spans.iter().map(|row| spelt_span(&row, &run.strings)).collect();
        prop_assert_eq!(found, expected);

        let moved = |row: &MetricPoint| MetricPoint { at: Offset(row.at.ns() - ZERO), ..*row };
        let mut expected: Vec<_> =
            points.iter().map(|row| spelt_point(&moved(row), &names)).collect();
        let mut found: Vec<_> =
            run.metrics.iter().map(|row| spelt_point(row, &run.strings)).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        let key = |row: &MetricPoint| (row.service, row.metric, row.labels, row.instance, row.at);
        prop_assert!(run.metrics.is_sorted_by_key(key));
    }
}

#[test]
fn the_laws_of_a_run_of_format_1_0_are_read_as_its_invariants() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (mut manifest, mut plan) = (common::manifest(), common::plan());
    manifest.format = "1.0".to_owned();
    let side = |text: &str| text.to_owned().try_into().unwrap();
    plan.target.definition.invariants = vec![Invariant {
        name: "every acknowledged order is kept".to_owned(),
        left: side("order.placed"),
        is: Relation::AtLeast,
        right: side("ok:place-order"),
    }];
    let writer = ArchiveWriter::create(&folder, &manifest, "", &plan).unwrap();
    writer.seal().unwrap();
    let path = folder.join("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let older = text.replace("\"invariant\":", "\"law\":");
    assert_ne!(older, text);
    std::fs::write(&path, older).unwrap();
    assert_eq!(read(&folder).unwrap().plan, plan);
}

#[test]
fn rows_of_several_row_groups_come_back_in_order() {
    let base = Span {
        trace: 1,
        id: 0,
        parent: 0,
        service: Sym(1),
        instance: Sym::NONE,
        name: Sym(5),
        kind: SpanKind::Server,
        start: Offset(ZERO),
        end: Offset(ZERO + 1),
        failed: false,
        error_type: Sym::NONE,
        peer: Sym::NONE,
        http_status: 200,
        resend: 0,
    };
    let spans: Vec<Span> = (0..150_000).map(|id| Span { id, ..base }).collect();
    let run = write_and_read(&[], &spans, &[]);
    assert_eq!(run.spans.len(), spans.len());
    assert!(
        run.spans
            .iter()
            .enumerate()
            .all(|(at, span)| span.id == at as u64)
    );
}
