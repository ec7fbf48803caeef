//! Why a request failed, from the whole chain of causes.
//!
//! The client's own text blurs refused, reset and timeout; the causes below it do not. It must not
//! know samples.

use std::error::Error;
use std::io;

use harness_model::ErrorClass;
use rustix::io::Errno;

/// What the kernel says when this machine has no descriptor, port or memory for a socket.
const OUT_OF_RESOURCES: [Errno; 4] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::ADDRNOTAVAIL,
    Errno::NOBUFS,
];

/// The class of a request that failed before any byte of its answer came, on a connection that had
/// carried an answer before (`reused`) or on one of its own.
pub fn unanswered(error: &reqwest::Error, reused: bool) -> ErrorClass {
    match class(error) {
        ErrorClass::Reset if reused => ErrorClass::ResetOnReuse,
        class => class,
    }
}

/// The class of a failed request.
pub fn class(error: &reqwest::Error) -> ErrorClass {
    if error.is_timeout() {
        return ErrorClass::Timeout;
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(class) = current.downcast_ref::<io::Error>().and_then(class_of_io) {
            return class;
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

fn class_of_io(error: &io::Error) -> Option<ErrorClass> {
    if Errno::from_io_error(error).is_some_and(|errno| OUT_OF_RESOURCES.contains(&errno)) {
        return Some(ErrorClass::Exhausted);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(ErrorClass::Refused),
        io::ErrorKind::TimedOut => Some(ErrorClass::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(ErrorClass::Reset),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_told_apart_from_what_the_target_does() {
        let class = |errno: Errno| class_of_io(&io::Error::from(errno));
        assert_eq!(class(Errno::MFILE), Some(ErrorClass::Exhausted));
        assert_eq!(class(Errno::ADDRNOTAVAIL), Some(ErrorClass::Exhausted));
        assert_eq!(class(Errno::CONNREFUSED), Some(ErrorClass::Refused));
        assert_eq!(class(Errno::CONNRESET), Some(ErrorClass::Reset));
        assert_eq!(class(Errno::INVAL), None);
    }
}
