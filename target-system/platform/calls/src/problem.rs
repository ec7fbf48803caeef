//! A refusal on the wire, between contexts and at the gateway alike.

use crate::{CallError, RemoteError, RemoteKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shop_contracts::{Context, DomainError, ErrorCode};

/// The body of every answer that is not a success; its status is `code.http_status()`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub code: ErrorCode,
    pub message: String,
    /// The domain error itself, so that a remote caller matches the same variants as a local one.
    /// Absent when the fault is not of the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<Value>,
}

impl Problem {
    /// A refusal that belongs to the domain.
    #[must_use]
    pub fn domain<E: DomainError>(error: &E) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            domain: Some(serde_json::to_value(error).unwrap_or(Value::Null)),
        }
    }

    /// A refusal that does not. A missing answer names the callee that gave none; a fault of the
    /// request itself states only the reason.
    #[must_use]
    pub fn fault(error: &RemoteError) -> Self {
        let code = error.code();
        let message = match error.callee {
            Some(_) if code.http_status() >= 500 => error.to_string(),
            _ => error.detail.clone(),
        };
        Self {
            code,
            message,
            domain: None,
        }
    }

    /// A callee's fault as its caller sees it: only what a wire carries. So a caller decides alike
    /// in every shape.
    #[must_use]
    pub fn into_remote(self, callee: Context) -> RemoteError {
        RemoteError::new(RemoteKind::Answered(self.code), callee, self.message)
    }
}

impl<E: DomainError> From<CallError<E>> for Problem {
    fn from(error: CallError<E>) -> Self {
        match error {
            CallError::Domain(error) => Self::domain(&error),
            CallError::Remote(fault) => Self::fault(&fault),
        }
    }
}

impl From<RemoteError> for Problem {
    fn from(fault: RemoteError) -> Self {
        Self::fault(&fault)
    }
}

impl axum::response::IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        let status = http::StatusCode::from_u16(self.code.http_status())
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        (status, axum::Json(self)).into_response()
    }
}
