//! One trace as rows to draw.

use crate::span::SpanKind;

/// One trace, drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    pub trace_id: String,
    pub operation: String,
    pub duration_ms: f64,
    pub rows: Vec<WaterfallRow>,
    /// Spans beyond the first rows.
    pub omitted: u32,
}

/// One span of a drawn trace; times from the start of its root.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallRow {
    pub service: String,
    pub name: String,
    pub kind: SpanKind,
    /// Its parent is missing, so it hangs under the root.
    pub adopted: bool,
    pub depth: u32,
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Part of the critical path, in ms.
    pub critical_ms: f64,
    pub failed: bool,
}
