//! The top and the bottom of the page: the verdict sentence, the reasons, and the run itself.

use harness_model::Verdict;
use harness_model::report::{Report, RunCard};
use maud::{Markup, html};

use super::parts::{Figure, figures, verdict_chip};
use crate::{number, words};

/// The top of the page: verdict, scenario, summary and key figures.
pub fn head(report: &Report) -> Markup {
    let run = &report.run;
    html! {
        header class=(report.verdict.name()) {
            p class="kicker" {
                (verdict_chip(report.verdict))
                strong { (run.scenario) }
                span { (words::setting(run)) }
            }
            h1 { (words::summary(report)) }
            (figures(&key_figures(report)))
        }
    }
}

fn key_figures(report: &Report) -> Vec<Figure> {
    let load = &report.load;
    let due = load.scheduled.filter(|due| *due > 0);
    let succeeded = number::optional(due, |due| number::percent(load.ok as f64 / due as f64));
    let suspects: Vec<_> = report
        .faults
        .iter()
        .filter_map(|fault| fault.suspects.first())
        .map(words::suspect)
        .collect();
    let mut list = vec![
        Figure::new(
            "Requests due",
            number::optional(load.scheduled, number::count),
            "by the schedule",
        ),
        Figure::new(
            "Succeeded",
            succeeded,
            format!("{} failed", number::count(load.failed)),
        ),
        Figure::new(
            "Not sent",
            number::optional(load.dropped, number::count),
            format!(
                "{} cancelled with their visits",
                number::optional(load.cancelled, number::count)
            ),
        ),
    ];
    if !report.faults.is_empty() {
        let note = match suspects.as_slice() {
            [] => "no suspect named".to_owned(),
            names => format!("suspected: {}", names.join(", ")),
        };
        list.push(Figure::new(
            "Faults",
            number::count(report.faults.len() as u64),
            note,
        ));
    }
    list
}

/// Why the run is not a pass; nothing on a pass.
pub fn reasons(report: &Report) -> Markup {
    let title = match report.verdict {
        Verdict::Fail => "Why it failed",
        Verdict::Inconclusive => "Why nothing can be concluded",
        Verdict::Pass => "Remarks",
    };
    let reasons = words::reasons(report);
    html! {
        @if !reasons.is_empty() {
            section class={ "reasons " (report.verdict.name()) } {
                h2 { (title) }
                ul { @for reason in &reasons { li { (reason) } } }
            }
        }
    }
}

/// What ran where, and how to run it again.
pub fn card(run: &RunCard) -> Markup {
    let rows = [
        ("Purpose", run.purpose.clone()),
        ("Run", run.id.clone()),
        ("Started", run.started.clone()),
        (
            "Duration",
            format!(
                "{}, of which {} warm-up",
                number::seconds(run.duration_s),
                number::seconds(run.warmup_s)
            ),
        ),
        (
            "Shape and runtime",
            format!("{}, {}", run.shape, run.runtime),
        ),
        ("Data in", run.stores.clone()),
        ("Seed", run.seed.to_string()),
        (
            "Machine",
            format!(
                "{} × {}, {} MB",
                run.cores,
                run.cpu_model,
                number::count(run.memory_mb)
            ),
        ),
        ("Tool", run.tool_version.clone()),
    ];
    html! {
        section {
            h2 { "The run" }
            dl class="card" {
                @for (name, value) in &rows {
                    dt { (name) }
                    dd { @if value.is_empty() { (number::NONE) } @else { (value) } }
                }
            }
            h3 { "Run it again" }
            pre { code { (run.command) } }
        }
    }
}
