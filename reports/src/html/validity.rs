//! Whether the run is valid: how punctual the load was, and how complete the telemetry.

use harness_model::report::{LoadReport, Report, TelemetryReport, Validity};
use maud::{Markup, html};

use super::parts::number_cell;
use crate::{number, words};

/// Always there; lists the doubts about the load where there are any.
pub fn section(report: &Report) -> Markup {
    let load = &report.load;
    let valid = load.validity == Validity::Valid;
    html! {
        section {
            h2 {
                "Is the run valid?"
                span class="aside" {
                    @if !valid { "the load is not valid" }
                    @else if words::short_schedule(report).is_some() {
                        "the schedule was not kept, and was not the question"
                    }
                    @else { "the load was sent as scheduled" }
                }
            }
            @if !load.doubts.is_empty() {
                ul { @for doubt in words::load_doubts(load) { li { (doubt) } } }
            }
            @if !report.host.stretches.is_empty() {
                p { "This machine was not ours alone:" }
                ul { @for sentence in words::host(&report.host) { li { (sentence) } } }
            }
            div class="pair" {
                (rows("Load", &load_rows(load)))
                (rows("Telemetry", &telemetry_rows(&report.telemetry)))
            }
        }
    }
}

fn rows(title: &str, rows: &[(&str, String)]) -> Markup {
    html! {
        div {
            h3 { (title) }
            table class="facts" {
                tbody {
                    @for (name, value) in rows { tr { td { (name) } (number_cell(value)) } }
                }
            }
        }
    }
}

fn load_rows(load: &LoadReport) -> Vec<(&'static str, String)> {
    let mut rows = counts(load);
    if let Some(schedule) = &load.schedule {
        rows.push(("Planned", number::per_second(schedule.planned_per_s)));
        rows.push(("Achieved", number::per_second(schedule.achieved_per_s)));
    }
    if let Some(waiting) = &load.waiting {
        rows.push(("Waited for a free user, p50", number::ms(waiting.p50_ms)));
        rows.push(("Waited for a free user, p99", number::ms(waiting.p99_ms)));
        rows.push(("Waited for a free user, most", number::ms(waiting.max_ms)));
    }
    rows.extend(punctuality(load));
    rows
}

fn counts(load: &LoadReport) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        (
            "Requests due",
            number::optional(load.scheduled, number::count),
        ),
        ("Sent", number::count(load.sent)),
        (
            "Not sent, no user was free",
            number::optional(load.dropped, number::count),
        ),
        (
            "Cancelled with their visits",
            number::optional(load.cancelled, number::count),
        ),
    ];
    if let Some(unbuilt) = load.unbuilt.filter(|unbuilt| *unbuilt > 0) {
        let what = "Not built, a captured value was missing (in no rate)";
        rows.push((what, number::count(unbuilt)));
    }
    rows
}

fn punctuality(load: &LoadReport) -> [(&'static str, String); 5] {
    [
        ("Sent late, p50", number::ms(load.lateness_p50_ms)),
        ("Sent late, p99", number::ms(load.lateness_p99_ms)),
        ("Sent late, most", number::ms(load.lateness_max_ms)),
        (
            "CPU of the load",
            number::optional(load.generator_cpu, number::cores),
        ),
        (
            "CPU of the harness",
            number::optional(load.harness_cpu, number::cores),
        ),
    ]
}

fn telemetry_rows(telemetry: &TelemetryReport) -> [(&'static str, String); 8] {
    [
        ("Spans received", number::count(telemetry.spans_received)),
        (
            "Spans dropped",
            number::optional(telemetry.spans_dropped, number::count),
        ),
        (
            "Lost with killed processes, at most",
            number::optional(telemetry.spans_lost_with_killed, number::count),
        ),
        (
            "Answered requests with a trace",
            number::optional(telemetry.trace_coverage, number::percent),
        ),
        (
            "Incomplete traces",
            number::optional(telemetry.incomplete_share, number::percent),
        ),
        (
            "Scrapes answered",
            number::optional(telemetry.scrapes_ok, number::count),
        ),
        (
            "Scrapes failed",
            number::optional(telemetry.scrapes_failed, number::count),
        ),
        (
            "Spans a request",
            number::plain(telemetry.overhead.spans_per_request),
        ),
    ]
}
