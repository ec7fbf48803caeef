//! The seam between a visitor and the network.
//!
//! Behind it is Goose in a worker, and a target with stated response times in tests. It must not
//! know visitors, sessions or schedules.

use bytes::Bytes;
use harness_model::ErrorClass;
use reqwest::Method;
use tokio::time::Instant;

/// A request with every placeholder filled.
pub struct Request<'a> {
    /// The name of the operation, for the sender's own metrics.
    pub operation: &'a str,
    pub method: Method,
    /// Path and query, relative to the target's base URL.
    pub path: String,
    pub headers: Vec<(&'a str, String)>,
    /// Sent as `application/json`.
    pub body: Option<String>,
}

/// What became of a request.
pub struct Exchange {
    /// When it was handed to the network.
    pub sent: Instant,
    /// When the response headers were there; the end of the exchange if there were none.
    pub first_byte: Instant,
    /// 0 without an answer.
    pub status: u16,
    /// Why there is no complete answer.
    pub error: ErrorClass,
    pub body: Bytes,
}

impl Exchange {
    /// An exchange that ends now without an answer.
    pub fn failed(sent: Instant, error: ErrorClass) -> Exchange {
        Exchange {
            sent,
            first_byte: Instant::now(),
            status: 0,
            error,
            body: Bytes::new(),
        }
    }
}

/// Sends the requests of one user, one at a time.
pub trait Sender: Send {
    /// Returns when the answer is complete, has failed, or has taken longer than the plan's
    /// timeout; and at once, when the request cannot be sent from here.
    fn send(&mut self, request: Request<'_>) -> impl Future<Output = Exchange> + Send;
}
