//! The Prometheus parser against printed expositions: what was printed is what is parsed.

use harness_telemetry::{Reading, parse};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// A label value, escaped as the format requires.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::NAN),
        (0..1_000_000_u32).prop_map(f64::from),
    ]
}

fn printed(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => format!("{value:?}"),
    }
}

/// A reading and a line that states it.
fn line() -> impl Strategy<Value = (Reading, String)> {
    let labels = btree_map("[a-z_][a-z0-9_]{0,5}", "[a-c,={}\"\\\\\n é]{0,6}", 0..4);
    let tail = prop_oneof![
        Just(""),
        Just(" 1700000000000"),
        Just(" # {trace_id=\"1f\"} 0.4")
    ];
    ("[a-z_:][a-z0-9_:]{0,8}", labels, value(), tail).prop_map(|(metric, labels, value, tail)| {
        let pair = |(name, value): (&String, &String)| format!("{name}=\"{}\"", escaped(value));
        let sorted: Vec<String> = labels.iter().map(pair).collect();
        let shuffled: Vec<String> = labels.iter().rev().map(pair).collect();
        let set = match shuffled.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", shuffled.join(",")),
        };
        let reading = Reading {
            metric: metric.clone(),
            labels: sorted.join(","),
            value,
        };
        (reading, format!("{metric}{set} {}{tail}", printed(value)))
    })
}

fn same(a: &Reading, b: &Reading) -> bool {
    let equal = a.value == b.value || (a.value.is_nan() && b.value.is_nan());
    equal && a.metric == b.metric && a.labels == b.labels
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_printed_is_what_is_read(lines in vec(line(), 0..12)) {
        let mut text = String::from("# HELP x A \"help\" with {braces}\n# TYPE x gauge\n");
        for (_, line) in &lines {
            text.push_str(line);
            text.push_str("\n\n");
        }
        text.push_str("# EOF\n");
        let found = parse(&text).unwrap();
        prop_assert_eq!(found.len(), lines.len());
        for (found, (wanted, line)) in found.iter().zip(&lines) {
            prop_assert!(same(found, wanted), "{found:?} from {line:?}");
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z{}\"=,\\\\ \n0-9#é]{0,80}") {
        drop(parse(&text));
    }

    #[test]
    fn one_broken_line_refuses_the_scrape_and_is_named(
        good in vec(line(), 0..6),
        at in 0..6_usize,
    ) {
        let at = at.min(good.len());
        let mut lines: Vec<String> = good.into_iter().map(|(_, line)| line).collect();
        lines.insert(at, "broken{a=\"1\" 2".to_owned());
        prop_assert_eq!(parse(&lines.join("\n")).unwrap_err().line, at + 1);
    }
}

#[test]
fn a_histogram_is_its_buckets_sum_and_count() {
    let text = "# TYPE request_seconds histogram\n\
        request_seconds_bucket{operation=\"pay\",le=\"0.1\"} 3\n\
        request_seconds_bucket{operation=\"pay\",le=\"+Inf\"} 4\n\
        request_seconds_sum{operation=\"pay\"} 1.25e0\n\
        request_seconds_count{operation=\"pay\"} 4\n";
    let readings = parse(text).unwrap();
    let found: Vec<(&str, &str, f64)> = readings
        .iter()
        .map(|reading| {
            (
                reading.metric.as_str(),
                reading.labels.as_str(),
                reading.value,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "request_seconds_bucket",
                "le=\"0.1\",operation=\"pay\"",
                3.0
            ),
            (
                "request_seconds_bucket",
                "le=\"+Inf\",operation=\"pay\"",
                4.0
            ),
            ("request_seconds_sum", "operation=\"pay\"", 1.25),
            ("request_seconds_count", "operation=\"pay\"", 4.0),
        ]
    );
}

#[test]
fn each_kind_of_invalid_line_has_a_reason() {
    for (line, why) in [
        ("lonely", "there is no value"),
        ("x{a=\"1\"}", "there is no value"),
        ("x one", "the value is no number"),
        ("x{a=\"1} 2", "a label value has no end"),
        ("x{a=1} 2", "a label value has no quotes"),
        ("x{a} 2", "a label has no value"),
        ("{a=\"1\"} 2", "there is no name"),
        ("<html>", "there is no value"),
    ] {
        assert_eq!(parse(line).unwrap_err().why, why, "{line}");
    }
}

#[test]
fn an_empty_exposition_has_no_readings() {
    assert_eq!(parse("").unwrap(), []);
    assert_eq!(parse("\r\n\n# only words\n").unwrap(), []);
}
