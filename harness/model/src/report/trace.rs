//! Typical traces, as they are drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One trace, as it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// One span of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaterfallRow {
    pub service: String,
    pub name: String,
    /// `server`, `client`, `internal`, `producer` or `consumer`.
    pub kind: String,
    /// 0 for the root.
    pub depth: u32,
    /// From the start of the trace.
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Part of the critical path, in ms.
    pub critical_ms: f64,
    pub failed: bool,
}
