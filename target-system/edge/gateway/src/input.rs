//! Extractors of bodies, paths and queries; they refuse with a problem instead of plain text.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shop_contracts::{CustomerId, ErrorCode};
use shop_platform::{Call, Principal, Problem, RemoteError};
use std::num::NonZeroU32;

/// A JSON body. The content type is ignored: there is only one.
pub(crate) struct Body<T>(pub T);

/// The query string.
pub(crate) struct QueryParams<T>(pub T);

/// The variable parts of the path.
pub(crate) struct PathParams<T>(pub T);

/// The customer who sent the request.
pub(crate) struct CurrentCustomer(pub CustomerId);

/// `?page=`, counted from 1.
#[derive(Deserialize)]
pub(crate) struct PageQuery {
    #[serde(default = "first_page")]
    page: NonZeroU32,
}

impl PageQuery {
    pub(crate) fn page(&self) -> u32 {
        self.page.get()
    }
}

pub(crate) fn first_page() -> NonZeroU32 {
    NonZeroU32::MIN
}

pub(crate) fn invalid(why: &impl ToString) -> Problem {
    RemoteError::own(ErrorCode::Invalid, why.to_string()).into()
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // A body that is too long has its own status.
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|why| (why.status(), Json(invalid(&why.body_text()))).into_response())?;
        // Never quote the body: it may hold a password or a card number.
        let value = serde_json::from_slice(&bytes);
        value
            .map(Self)
            .map_err(|why| invalid(&body_error(&why)).into_response())
    }
}

/// What is wrong with a body. Errors about values quote them, so for those only the position is
/// stated.
fn body_error(why: &serde_json::Error) -> String {
    let (line, column) = (why.line(), why.column());
    let text = why.to_string();
    let harmless = ["missing field", "no variant", "duplicate field"];
    if harmless.iter().any(|known| text.starts_with(known)) {
        return format!("the body is not understood: {text}");
    }
    format!("the body is not understood at line {line}, column {column}")
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        let Query(value) = query.map_err(|why| invalid(&why.body_text()))?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        let Path(value) = path.map_err(|why| invalid(&why.body_text()))?;
        Ok(Self(value))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentCustomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Call>().and_then(Call::principal);
        let customer = principal.and_then(Principal::customer).cloned();
        let forbidden = || RemoteError::own(ErrorCode::Forbidden, "only a customer may do this");
        customer.map(Self).ok_or_else(|| forbidden().into())
    }
}
