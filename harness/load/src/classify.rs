//! Why a request failed, from the whole chain of causes.
//!
//! The client's own text blurs refused, reset and timeout; the causes below it do not. It must not
//! know samples.

use std::error::Error;
use std::io;

use harness_model::ErrorClass;

/// The class of a failed request.
pub fn class(error: &reqwest::Error) -> ErrorClass {
    if error.is_timeout() {
        return ErrorClass::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => return ErrorClass::Refused,
                io::ErrorKind::TimedOut => return ErrorClass::Timeout,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => return ErrorClass::Reset,
                _ => {}
            }
        }
        // Hyper has no public kind for a connection that closes before its answer is complete.
        if current
            .to_string()
            .contains("connection closed before message completed")
        {
            return ErrorClass::Reset;
        }
        cause = current.source();
    }
    if error.is_body() || error.is_decode() {
        ErrorClass::Body
    } else {
        ErrorClass::Other
    }
}
