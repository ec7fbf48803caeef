//! Why a collector could not start.

/// Nothing of the collector runs after such an error.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The address is not one of this machine, or it has no free port.
    #[error("failed to listen for OTLP on {address}: {source}")]
    Listen {
        address: String,
        source: std::io::Error,
    },
    /// The system lacks something that HTTP clients need, with the reason.
    #[error("failed to build an HTTP client: {0}")]
    Client(String),
}
