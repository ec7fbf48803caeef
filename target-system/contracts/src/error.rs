//! The closed set of error codes that every domain error maps to, and its mapping to HTTP.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// Why a request was refused or failed, in terms that every protocol can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ErrorCode {
    Invalid,
    Unauthenticated,
    PaymentRequired,
    Forbidden,
    NotFound,
    Conflict,
    IdempotencyKeyReused,
    RateLimited,
    Unavailable,
    Deadline,
    Internal,
}

/// Code, name on the wire and HTTP status: the only place that maps them.
const TABLE: [(ErrorCode, &str, u16); 11] = [
    (ErrorCode::Invalid, "invalid", 400),
    (ErrorCode::Unauthenticated, "unauthenticated", 401),
    (ErrorCode::PaymentRequired, "payment_required", 402),
    (ErrorCode::Forbidden, "forbidden", 403),
    (ErrorCode::NotFound, "not_found", 404),
    (ErrorCode::Conflict, "conflict", 409),
    (
        ErrorCode::IdempotencyKeyReused,
        "idempotency_key_reused",
        422,
    ),
    (ErrorCode::RateLimited, "rate_limited", 429),
    (ErrorCode::Internal, "internal", 500),
    (ErrorCode::Unavailable, "unavailable", 503),
    (ErrorCode::Deadline, "deadline", 504),
];

impl ErrorCode {
    fn row(self) -> &'static (Self, &'static str, u16) {
        TABLE
            .iter()
            .find(|row| row.0 == self)
            .expect("the table has a row for every code")
    }

    /// The name on the wire, in metrics and in spans.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status of this code.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.row().2
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error of the domain. It is serialised as it is, so that a remote caller matches the same
/// variants as a local one.
pub trait DomainError:
    std::error::Error + Serialize + DeserializeOwned + Send + Sync + 'static
{
    fn code(&self) -> ErrorCode;
}

/// The error of calls that cannot fail for a reason of the domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoError {}

impl DomainError for NoError {
    fn code(&self) -> ErrorCode {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_same_name_in_the_table_and_on_the_wire() {
        for (code, name, _) in TABLE {
            let wire = serde_json::to_string(&code).expect("a unit variant is a string");
            assert_eq!(wire, format!("\"{name}\""));
        }
    }

    #[test]
    fn no_two_codes_share_a_status() {
        let mut statuses: Vec<u16> = TABLE.iter().map(|row| row.2).collect();
        statuses.dedup();
        assert_eq!(statuses.len(), TABLE.len());
    }
}
