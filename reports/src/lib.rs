//! Report in, bytes out: one page for people, one file for each kind of machine.
//!
//! Every renderer is a pure function of the [`Report`]: the same report gives the same bytes, so
//! golden files can hold them to it. This crate owns wording, layout, charts and the way numbers
//! are written. It must not judge anything (the analysis has), read a clock or touch a file.
//!
//! - `renderer`: what every kind of file has in common
//! - `words`: the sentences that the renderers share; `number`: how a number is written
//! - `html`, `markdown`, `junit`, `terminal`: the renderers
//! - `json` writes a `document`: the form of `report.json`
//! - `chart`: the drawings of the page, also as files of their own

mod chart;
mod document;
mod html;
mod json;
mod junit;
mod markdown;
mod number;
mod renderer;
mod terminal;
mod words;

pub use html::HtmlPage;
pub use json::{JsonDocument, schema};
pub use junit::JunitSuites;
pub use markdown::MarkdownSummary;
pub use renderer::{RenderError, Renderer};
pub use terminal::terminal_summary;

use harness_model::Report;

/// Every file of a run that is derived from its report, in the order people open them.
pub fn renderers() -> Vec<Box<dyn Renderer>> {
    vec![
        Box::new(HtmlPage),
        Box::new(JsonDocument),
        Box::new(MarkdownSummary),
        Box::new(JunitSuites),
    ]
}

/// The charts of the page as standalone SVG files, in page order: file name and bytes. Empty where
/// the report has no data for any.
pub fn charts(report: &Report) -> Vec<(String, Vec<u8>)> {
    chart::all(report)
        .iter()
        .map(|chart| {
            (
                format!("{}.svg", chart.name),
                chart.standalone().into_bytes(),
            )
        })
        .collect()
}
