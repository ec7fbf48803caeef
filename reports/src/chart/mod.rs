//! A chart: a drawing, a sentence that says what it shows, and the numbers behind it.
//!
//! Drawings carry literal colours of the light palette; a style sheet maps those to the dark one
//! (see [`palette`]). So one drawing serves the page, a standalone file and plain SVG viewers.

mod canvas;
mod heatmap;
pub mod palette;
mod panel;
mod scalability;
mod scale;
mod series;
mod timeline;

use harness_model::Report;

pub use canvas::WIDTH;

/// The numbers of a chart, for those who do not see it or do not trust it.
pub struct DataTable {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

pub struct Chart {
    /// File name without the extension.
    pub name: &'static str,
    pub title: String,
    /// The text alternative: what is drawn and what stands out.
    pub description: String,
    /// In drawing units, two to a CSS pixel.
    pub height: i32,
    /// Elements without the `<svg>` around them.
    pub drawing: String,
    pub data: DataTable,
}

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

impl Chart {
    /// For the page, which brings the style sheet.
    pub fn inline(&self) -> String {
        self.svg("", "")
    }

    /// A file of its own, with a background and both palettes.
    pub fn standalone(&self) -> String {
        let styles = format!("<style>{}</style>\n", palette::style_sheet());
        let paper = format!(
            "<rect width=\"{WIDTH}\" height=\"{}\" fill=\"{}\"/>\n",
            self.height,
            palette::hex(palette::PAPER.light)
        );
        self.svg(" xmlns=\"http://www.w3.org/2000/svg\"", &(styles + &paper))
    }

    fn svg(&self, attributes: &str, before: &str) -> String {
        let (name, height) = (self.name, self.height);
        let (title, description) = (escape(&self.title), escape(&self.description));
        format!(
            "<svg{attributes} class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-labelledby=\"{name}-title {name}-desc\">\n<title id=\"{name}-title\">{title}\
             </title>\n<desc id=\"{name}-desc\">{description}</desc>\n{before}{}</svg>\n",
            self.drawing
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
