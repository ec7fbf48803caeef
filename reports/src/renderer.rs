//! What every kind of file has in common: a name, and bytes made of a report.

use harness_model::Report;

/// One kind of file that a report is written as.
pub trait Renderer {
    /// The name of the file inside the run folder.
    fn file_name(&self) -> &str;
    /// The whole file; the same report always gives the same bytes.
    ///
    /// # Errors
    /// When the library of the format refuses; no report is known for which one does.
    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError>;
}

/// Completes "failed to render ...".
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// `serde_json` failed.
    #[error("the report as json")]
    Json(#[from] serde_json::Error),
    /// `quick_junit` failed.
    #[error("the report as junit xml")]
    Junit(#[from] quick_junit::SerializeError),
}
