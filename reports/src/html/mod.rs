//! `report.html`: one offline page that answers, in this order: what held, what broke, and why.
//!
//! Nothing is fetched: the style sheet and every drawing are inside, and there is no script. This
//! module owns the order of the page; each section is a module of its own.

mod budgets;
mod charts;
mod fault;
mod invariants;
mod operations;
mod parts;
mod run;
mod scalability;
mod services;
mod stretch;
mod validity;
mod waterfall;

use harness_model::Report;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::renderer::{RenderError, Renderer};
use crate::{chart, words};

const STYLE: &str = include_str!("style.css");

/// The report as one HTML page that works offline, light and dark.
pub struct HtmlPage;

impl Renderer for HtmlPage {
    fn file_name(&self) -> &str {
        "report.html"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        Ok(page(report).into_string().into_bytes())
    }
}

fn page(report: &Report) -> Markup {
    let title = format!(
        "{}: {}",
        words::verdict(report.verdict),
        report.run.scenario
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(chart::palette::style_sheet())) }
            }
            body {
                main {
                    (run::head(report))
                    (budgets::section(report))
                    (run::reasons(report))
                    (timeline(report))
                    (invariants::section(&report.invariants))
                    @for (index, fault) in report.faults.iter().enumerate() {
                        (fault::section(index + 1, fault))
                    }
                    @for one in &report.stretches { (stretch::section(one)) }
                    @if let Some(scalability) = &report.scalability {
                        (scalability::section(report, scalability))
                    }
                    (operations::section(report))
                    (services::section(report))
                    (heatmap(report))
                    (validity::section(report))
                    (run::card(&report.run))
                }
            }
        }
    }
}

fn timeline(report: &Report) -> Markup {
    html! {
        @if let Some(chart) = chart::timeline(report) {
            section {
                h2 { "What happened" }
                (charts::figure(&chart, "Amber: a fault was in place. Load and errors count by the \
                    moment a request was due, so waiting does not hide them. A percentile looks \
                    back over as many seconds, ten at most, as it needs samples."))
            }
        }
    }
}

fn heatmap(report: &Report) -> Markup {
    html! {
        @if let Some(chart) = chart::heatmap(report) {
            section {
                h2 { "Every request" }
                (charts::figure(&chart, "Each block counts the requests due in that moment that \
                    took that long. Two bands apart hint at two ways through the system."))
            }
        }
    }
}
