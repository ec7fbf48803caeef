//! The charts of a report: timeline, throughput, latency and heat map.
//!
//! - `drawn`: what every chart consists of; `canvas`, `palette`, `panel`, `scale`: how it is drawn
//! - `series`: thinning of long series
//! - `timeline`, `scalability`, `heatmap`: what is drawn
//!
//! Drawings carry literal colours of the light palette; a style sheet maps those to the dark one
//! (see [`palette`]). So one drawing serves the page, a standalone file and plain SVG viewers.

mod canvas;
mod drawn;
mod heatmap;
pub mod palette;
mod panel;
mod scalability;
mod scale;
mod series;
mod timeline;

use harness_model::Report;

pub use drawn::Chart;

/// Every chart that the report has data for, in page order.
pub fn all(report: &Report) -> Vec<Chart> {
    [
        timeline(report),
        throughput(report),
        latency(report),
        heatmap(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub fn timeline(report: &Report) -> Option<Chart> {
    timeline::chart(report)
}

pub fn throughput(report: &Report) -> Option<Chart> {
    report
        .scalability
        .as_ref()
        .and_then(scalability::throughput)
}

pub fn latency(report: &Report) -> Option<Chart> {
    report.scalability.as_ref().and_then(scalability::latency)
}

pub fn heatmap(report: &Report) -> Option<Chart> {
    heatmap::chart(report)
}
