//! Report in, bytes out: one page for people, one file for each kind of machine.
//!
//! Every renderer is a pure function of the [`Report`]: the same report gives the same bytes, so
//! golden files can hold them to it. This crate owns wording, layout, charts and the way numbers
//! are written. It must not judge anything (the analysis has), read a clock or touch a file.

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

/// The charts of the page as standalone files: `(file name, svg)`.
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
