//! The checks before every route: authentication, rate limit and authorisation.

use crate::auth::bad_token;
use crate::edge::Edge;
use crate::input::invalid;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use shop_contracts::ErrorCode;
use shop_platform::IDEMPOTENCY_HEADER;
use shop_platform::{Call, Principal, Problem, RemoteError, Subject};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The longest idempotency key that is accepted, in bytes.
pub(crate) const LONGEST_KEY: usize = 255;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone; a token is optional but must be valid.
    Anyone,
    /// Customers, each for their own data.
    Customer,
    /// Principals with this scope.
    Scope(&'static str),
    /// Customers for their own data, and principals with this scope for all customers.
    CustomerOr(&'static str),
}

/// The scope of a customer's token.
const CUSTOMER: &str = "customer";

impl Access {
    /// The scopes of which one is required; empty when none is.
    pub(crate) fn scopes(self) -> Vec<&'static str> {
        match self {
            Self::Anyone => vec![],
            Self::Customer => vec![CUSTOMER],
            Self::Scope(scope) => vec![scope],
            Self::CustomerOr(scope) => vec![CUSTOMER, scope],
        }
    }

    fn check(self, principal: Option<&Principal>) -> Result<(), Problem> {
        let Some(principal) = principal else {
            return match self {
                Self::Anyone => Ok(()),
                _ => Err(problem(
                    ErrorCode::Unauthenticated,
                    "an access token is required",
                )),
            };
        };
        let customer = || principal.customer().is_some() && principal.may(CUSTOMER);
        let may = match self {
            Self::Anyone => true,
            Self::Customer => customer(),
            Self::Scope(scope) => principal.may(scope),
            Self::CustomerOr(scope) => customer() || principal.may(scope),
        };
        if may {
            return Ok(());
        }
        let needed = self.scopes().join("` or `");
        let what = format!("the token does not have the scope `{needed}`");
        Err(problem(ErrorCode::Forbidden, &what))
    }
}

/// The layer of each route. It adds the principal and the key to the request's [`Call`].
pub(crate) async fn guard(
    State((edge, access)): State<(Arc<Edge>, Access)>,
    call: Call,
    mut request: Request,
    next: Next,
) -> Response {
    let principal = authenticate(&edge, &call, request.headers()).await;
    let client = || client(principal.as_ref().ok(), request.headers());
    if let Err(wait) = edge.limiter.take(client) {
        return too_many(wait);
    }
    let principal = match principal {
        Ok(principal) => principal,
        Err(problem) => return refuse(problem),
    };
    if let Err(problem) = access.check(principal.as_ref()) {
        return refuse(problem);
    }
    let call = match keyed(call, &request) {
        Ok(call) => call,
        Err(problem) => return refuse(problem),
    };
    let call = match principal {
        Some(principal) => call.on_behalf_of(principal),
        None => call,
    };
    request.extensions_mut().insert(call);
    next.run(request).await
}

/// The answer to a method that a path does not support.
pub(crate) async fn no_such_method() -> Response {
    let problem = problem(ErrorCode::Invalid, "this path does not support this method");
    (StatusCode::METHOD_NOT_ALLOWED, axum::Json(problem)).into_response()
}

/// The principal, if there is a token.
async fn authenticate(
    edge: &Edge,
    call: &Call,
    headers: &HeaderMap,
) -> Result<Option<Principal>, Problem> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let (scheme, token) = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(bad_token)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(bad_token());
    }
    edge.keys.principal(call, token.trim()).await.map(Some)
}

/// The rate-limit bucket of a request: the principal's, else that of the address that a proxy in
/// front has forwarded, else one that all unauthenticated clients share.
fn client(principal: Option<&Option<Principal>>, headers: &HeaderMap) -> String {
    if let Some(Some(principal)) = principal {
        return match &principal.subject {
            Subject::Customer(id) => format!("customer:{id}"),
            Subject::Client(id) => format!("client:{id}"),
        };
    }
    let forwarded = headers.get("x-forwarded-for").and_then(|h| h.to_str().ok());
    let first = forwarded.and_then(|list| list.split(',').next());
    format!("address:{}", first.unwrap_or_default().trim())
}

/// A POST always gets an idempotency key, so that the gateway's own retries are safe; a key that
/// the client chooses makes the client's retries safe, too.
///
/// A key that is not ASCII does not reach the call. Ignoring it would let the client believe that
/// its retries are safe, so the request is refused.
fn keyed(call: Call, request: &Request) -> Result<Call, Problem> {
    let has_header = request.headers().contains_key(IDEMPOTENCY_HEADER);
    match call.idempotency_key() {
        Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(call),
        None if !has_header && *request.method() == Method::POST => {
            Ok(call.keyed(Uuid::new_v4().to_string()))
        }
        None if !has_header => Ok(call),
        _ => Err(invalid(&format!(
            "an idempotency key must have 1 to {LONGEST_KEY} ASCII characters"
        ))),
    }
}

fn problem(code: ErrorCode, what: &str) -> Problem {
    RemoteError::own(code, what).into()
}

fn refuse(problem: Problem) -> Response {
    let unauthenticated = problem.code == ErrorCode::Unauthenticated;
    let mut response = problem.into_response();
    if unauthenticated {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
    }
    response
}

fn too_many(wait: Duration) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let mut response = problem(ErrorCode::RateLimited, "too many requests").into_response();
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}
