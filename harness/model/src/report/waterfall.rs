//! One trace as rows to draw.

use crate::span::SpanKind;

/// One trace, as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The operation that was requested.
    pub operation: String,
    pub duration_ms: f64,
    /// Callers before those whom they call, as in a tree.
    pub rows: Vec<WaterfallRow>,
    /// How many spans have no row.
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
    /// 0 for the root.
    pub depth: u32,
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Part of the critical path, in ms.
    pub critical_ms: f64,
    pub failed: bool,
}
