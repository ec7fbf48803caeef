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
    pub intended: Offset,
    pub sent: Offset,
    /// Response headers; equals `done` when there was no answer.
    pub first_byte: Offset,
    pub done: Offset,
    /// How late the generator itself was: sent minus the later of intended and "a user was free".
    pub lateness_ns: u64,
    /// 0 when there was no answer.
    pub status: u16,
    pub error: ErrorClass,
    pub bytes: u32,
    pub trace: u128,
    pub session: u32,
    pub step: u16,
    pub attempt: u16,
    /// Index into [`Plan::phases`](crate::Plan), by intended time.
    pub phase: u16,
}

impl Sample {
    pub fn ok(&self) -> bool {
        self.error == ErrorClass::None
    }

    pub fn response_ns(&self) -> u64 {
        u64::try_from(self.done.0 - self.intended.0).unwrap_or(0)
    }

    pub fn service_ns(&self) -> u64 {
        u64::try_from(self.done.0 - self.sent.0).unwrap_or(0)
    }
}

/// Why a request failed.
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
    #[default]
    None = 0,
    Refused = 1,
    Reset = 2,
    Timeout = 3,
    /// An answer with a status that the operation does not expect.
    Status = 4,
    /// An answer that could not be read or lacks a value to capture.
    Body = 5,
    /// The request could not be built or the connection failed in another way.
    Other = 6,
}

impl ErrorClass {
    pub const ALL: [ErrorClass; 7] = [
        ErrorClass::None,
        ErrorClass::Refused,
        ErrorClass::Reset,
        ErrorClass::Timeout,
        ErrorClass::Status,
        ErrorClass::Body,
        ErrorClass::Other,
    ];

    pub fn name(self) -> &'static str {
        match self {
            ErrorClass::None => "none",
            ErrorClass::Refused => "refused",
            ErrorClass::Reset => "reset",
            ErrorClass::Timeout => "timeout",
            ErrorClass::Status => "status",
            ErrorClass::Body => "body",
            ErrorClass::Other => "other",
        }
    }

    pub fn from_code(code: u8) -> Option<ErrorClass> {
        ErrorClass::ALL
            .into_iter()
            .find(|class| *class as u8 == code)
    }
}
