//! `report.json`, and the JSON Schema that scripts may build on.

use harness_model::Report;

use crate::document;
use crate::renderer::{RenderError, Renderer};

/// The facts of the report with their sentences as JSON, indented for diffs. Scripts may build on
/// its form, which [`schema`] describes.
pub struct JsonDocument;

impl Renderer for JsonDocument {
    fn file_name(&self) -> &str {
        "report.json"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let mut bytes = serde_json::to_vec_pretty(&document::Report::new(report))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// The JSON Schema (2020-12) of `report.json`, generated from the types.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(document::Report<'static>).to_value()
}
