//! How calls fail. A domain error is an answer; a remote error is the lack of one.

use shop_contracts::{Context, DomainError, ErrorCode};
use std::fmt;

/// Why there is no answer. The names are the `error.type` of spans and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemoteKind {
    /// Nothing listens at the address.
    Refused,
    /// The connection broke.
    Reset,
    /// The attempt or the whole call took too long.
    Timeout,
    /// The circuit breaker is open; nothing was sent.
    BreakerOpen,
    /// Too many calls are in flight already; nothing was sent.
    Bulkhead,
    /// The callee is not in the caller's `CALLS`; nothing was sent.
    NotAllowed,
    /// The answer was not understood.
    Garbled,
    /// The callee answered with an error that is not of the domain.
    Answered(ErrorCode),
}

impl RemoteKind {
    /// The `error.type` of telemetry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::BreakerOpen => "breaker_open",
            Self::Bulkhead => "bulkhead",
            Self::NotAllowed => "not_allowed",
            Self::Garbled => "garbled",
            Self::Answered(code) => code.name(),
        }
    }

    /// The code that one's own caller gets.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Refused | Self::Reset | Self::BreakerOpen | Self::Bulkhead => {
                ErrorCode::Unavailable
            }
            Self::Timeout => ErrorCode::Deadline,
            Self::NotAllowed | Self::Garbled => ErrorCode::Internal,
            Self::Answered(code) => code,
        }
    }
}

/// There is no answer. This never means that the request did not run: it may have, and the answer
/// was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteError {
    pub kind: RemoteKind,
    /// The callee; `None` when the fault is our own.
    pub callee: Option<Context>,
    pub detail: String,
}

impl RemoteError {
    #[must_use]
    pub fn new(kind: RemoteKind, callee: Context, detail: impl Into<String>) -> Self {
        Self {
            kind,
            callee: Some(callee),
            detail: detail.into(),
        }
    }

    /// A fault of the answering context itself, such as a broken store or a missing principal.
    #[must_use]
    pub fn own(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: RemoteKind::Answered(code),
            callee: None,
            detail: detail.into(),
        }
    }

    /// The code that one's own caller gets.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.kind.code()
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.callee {
            Some(callee) => write!(
                f,
                "{callee} gave no answer ({}): {}",
                self.kind.name(),
                self.detail
            ),
            None => write!(f, "{}: {}", self.kind.name(), self.detail),
        }
    }
}

impl std::error::Error for RemoteError {}

/// What a caller sees.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<E: DomainError> {
    /// The callee answered, and the answer is no.
    #[error("{0}")]
    Domain(E),
    /// There is no answer.
    #[error("{0}")]
    Remote(RemoteError),
}

/// What a handler fails with. `?` turns into it: the handler's own domain error, a store's error,
/// and the error of any call to another context. A callee's domain error that the handler did not
/// match is a fault of the handler, and becomes `internal`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure<E: DomainError> {
    #[error("{0}")]
    Domain(E),
    #[error("{0}")]
    Fault(RemoteError),
}

impl<E: DomainError> Failure<E> {
    /// The code that an edge answers with.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Domain(error) => error.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
}

impl<E: DomainError> From<E> for Failure<E> {
    fn from(error: E) -> Self {
        Self::Domain(error)
    }
}

impl<E: DomainError> From<RemoteError> for Failure<E> {
    fn from(fault: RemoteError) -> Self {
        Self::Fault(fault)
    }
}

impl<A: DomainError, E: DomainError> From<CallError<A>> for Failure<E> {
    fn from(error: CallError<A>) -> Self {
        match error {
            CallError::Domain(unexpected) => Self::Fault(RemoteError::own(
                ErrorCode::Internal,
                format!("a callee refused unexpectedly: {unexpected}"),
            )),
            CallError::Remote(fault) => Self::Fault(fault),
        }
    }
}
