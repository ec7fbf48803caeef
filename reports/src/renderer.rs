//! What every kind of file has in common: a name, and bytes made of a report.

use harness_model::Report;

/// One way to write a report down.
pub trait Renderer {
    /// The name of the file inside the run folder.
    fn file_name(&self) -> &str;
    /// The whole file; the same report always gives the same bytes.
    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError>;
}

/// Completes "failed to render ...".
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the report as json")]
    Json(#[from] serde_json::Error),
    #[error("the report as junit xml")]
    Junit(#[from] quick_junit::SerializeError),
}
