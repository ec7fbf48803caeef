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

/// Load, response time, errors and CPU over the run; `None` where the report has no buckets.
pub fn timeline(report: &Report) -> Option<Chart> {
    timeline::chart(report)
}

/// Throughput against requests in the system; `None` unless the load was stepped.
pub fn throughput(report: &Report) -> Option<Chart> {
    report
        .scalability
        .as_ref()
        .and_then(scalability::throughput)
}

/// Response time against offered load; `None` unless the load was stepped and a step has a
/// quantile.
pub fn latency(report: &Report) -> Option<Chart> {
    report.scalability.as_ref().and_then(scalability::latency)
}

/// Requests by time and response time; `None` where no request was counted.
pub fn heatmap(report: &Report) -> Option<Chart> {
    heatmap::chart(report)
}
