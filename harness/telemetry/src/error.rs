//! Why a collector could not start.

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("failed to listen for OTLP on {address}: {source}")]
    Listen {
        address: String,
        source: std::io::Error,
    },
    #[error("failed to build an HTTP client: {0}")]
    Client(String),
}
