//! One request, as the visitor saw it.
//!
//! Owns the sample and its error classes. It must not know histograms or files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::strings::Sym;
use crate::time::Offset;

/// Four clocks and the outcome of one request.
///
/// Response time is `done - intended`: what a visitor who came at the planned moment waited.
/// Service time is `done - sent`: what the target took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub operation: Sym,
    /// Empty for single-call mixes.
    pub journey: Sym,
    /// When the schedule wanted the request to be sent.
    pub intended: Offset,
    /// When it was sent.
    pub sent: Offset,
    /// When the response headers arrived; equals `done` when there was no answer.
    pub first_byte: Offset,
    /// When the answer was complete, or the request was given up.
    pub done: Offset,
    /// How late the generator itself was: sent minus the later of intended and "a user was free".
    pub lateness_ns: u64,
    /// HTTP status, 0 when there was no answer.
    pub status: u16,
    /// `None` for a success.
    pub error: ErrorClass,
    /// Length of the answer's body.
    pub bytes: u32,
    /// Trace id of the request.
    pub trace: u128,
    /// Index of the session that it belongs to.
    pub session: u32,
    /// Index of the step in its session.
    pub step: u16,
    /// The attempt at this step, from 1.
    pub attempt: u16,
    /// Index into [`Plan::phases`](crate::Plan), by intended time.
    pub phase: u16,
}

impl Sample {
    /// Whether it was answered as its operation expects.
    pub fn ok(&self) -> bool {
        self.error == ErrorClass::None
    }

    /// Whether the target ever saw it. Of a request that was not sent, `sent` and `first_byte`
    /// equal `done`, the moment at which it was given up; its trace is 0.
    pub fn was_sent(&self) -> bool {
        self.error.is_of_the_target()
    }

    /// A request that was due and is not sent, of no operation and session yet.
    pub fn not_sent(why: ErrorClass, intended: Offset, given_up: Offset) -> Sample {
        Sample {
            operation: Sym::NONE,
            journey: Sym::NONE,
            intended,
            sent: given_up,
            first_byte: given_up,
            done: given_up,
            lateness_ns: 0,
            status: 0,
            error: why,
            bytes: 0,
            trace: 0,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        }
    }

    /// Response time: what a visitor who came at the intended moment waited.
    pub fn response_ns(&self) -> u64 {
        u64::try_from(self.done.0 - self.intended.0).unwrap_or(0)
    }

    /// Service time: what the target took.
    pub fn service_ns(&self) -> u64 {
        u64::try_from(self.done.0 - self.sent.0).unwrap_or(0)
    }
}

/// Why a request failed. The number is its code in the archive.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ErrorClass {
    /// It did not fail.
    #[default]
    None = 0,
    /// The connection was refused.
    Refused = 1,
    /// The connection was closed before the answer was complete; see also
    /// [`ResetOnReuse`](ErrorClass::ResetOnReuse).
    Reset = 2,
    /// There was no answer within the timeout.
    Timeout = 3,
    /// An answer with a status that the operation does not expect.
    Status = 4,
    /// An answer that could not be read or lacks a value to capture.
    Body = 5,
    /// The connection failed in another way.
    Other = 6,
    /// Not sent: no user of the pool was free within the patience, so the visitor gave up unserved.
    NotSent = 7,
    /// Not sent: it could not be built, because an earlier step of the visit captured no value for
    /// it, or one that makes no address or header.
    Unbuilt = 8,
    /// The connection had carried an answer before, and was closed before any byte of this one.
    /// A server that closes a connection for being idle, just when a request is on its way to it,
    /// looks like this; so does one that dies. `idle` of a load avoids the former.
    ResetOnReuse = 9,
    /// Not sent: this machine had no file descriptor or port left for a connection.
    Exhausted = 10,
}

impl ErrorClass {
    /// Every class, in the order of the codes.
    pub const ALL: [ErrorClass; 11] = [
        ErrorClass::None,
        ErrorClass::Refused,
        ErrorClass::Reset,
        ErrorClass::Timeout,
        ErrorClass::Status,
        ErrorClass::Body,
        ErrorClass::Other,
        ErrorClass::NotSent,
        ErrorClass::Unbuilt,
        ErrorClass::ResetOnReuse,
        ErrorClass::Exhausted,
    ];

    /// Whether the request reached the target, so that the outcome is the target's.
    pub fn is_of_the_target(self) -> bool {
        !matches!(
            self,
            ErrorClass::NotSent | ErrorClass::Unbuilt | ErrorClass::Exhausted
        )
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            ErrorClass::None => "none",
            ErrorClass::Refused => "refused",
            ErrorClass::Reset => "reset",
            ErrorClass::Timeout => "timeout",
            ErrorClass::Status => "status",
            ErrorClass::Body => "body",
            ErrorClass::Other => "other",
            ErrorClass::NotSent => "not-sent",
            ErrorClass::Unbuilt => "unbuilt",
            ErrorClass::ResetOnReuse => "reset-on-reuse",
            ErrorClass::Exhausted => "exhausted",
        }
    }

    /// From the archive's code; `None` for a code of a later version.
    pub fn from_code(code: u8) -> Option<ErrorClass> {
        ErrorClass::ALL
            .into_iter()
            .find(|class| *class as u8 == code)
    }
}
