//! To a context in another process: `POST /rpc/{context}/{method}` with JSON both ways.

use crate::headers::{DEADLINE_HEADER, IDEMPOTENCY_HEADER, PRINCIPAL_HEADER, TRACE_HEADER};
use crate::{Answer, Call, Message, Peer, Problem, RemoteError, RemoteKind, Transport};
use bytes::Bytes;
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use reqwest::{Client, RequestBuilder, Response, Url};
use shop_contracts::{Context, Effect, ErrorCode};
use shop_telemetry::traceparent;
use std::error::Error;
use std::io;
use std::time::Duration;

/// The transport to the process at one address. The client, and with it the pool of connections,
/// is shared by all transports of a process.
pub struct Http {
    client: Client,
    base: Url,
    peer: Peer,
}

/// The one HTTP client of a process: plain text, kept-alive connections, no proxies.
///
/// # Errors
/// When the client cannot be built.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_millis(500))
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(64)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

impl Http {
    /// A transport to the process of this name at this address.
    #[must_use]
    pub fn new(client: Client, process: impl Into<String>, base: Url) -> Self {
        let host = base.host_str().unwrap_or_default().to_owned();
        let port = base.port_or_known_default().unwrap_or_default();
        let peer = Peer {
            kind: SpanKind::Client,
            process: Some(process.into()),
            address: Some((host, port)),
        };
        Self { client, base, peer }
    }

    fn request(&self, call: &Call, message: &Message<'_>, json: Bytes) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("/rpc/{}/{}", message.callee, message.method));
        let mut request = self
            .client
            .post(url)
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(DEADLINE_HEADER, call.remaining().as_millis().to_string())
            .body(json);
        let trace = traceparent(call.trace());
        if !trace.is_empty() {
            request = request.header(TRACE_HEADER, trace);
        }
        if let (Effect::Once, Some(key)) = (message.effect, call.idempotency_key()) {
            request = request.header(IDEMPOTENCY_HEADER, key);
        }
        if let Some(principal) = call.principal()
            && let Ok(json) = serde_json::to_string(principal)
        {
            request = request.header(PRINCIPAL_HEADER, json);
        }
        request
    }
}

impl Transport for Http {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>> {
        Box::pin(async move {
            let callee = message.callee;
            let broken = |error: reqwest::Error| {
                RemoteError::new(classify(&error), callee, root_cause(&error))
            };
            let json = message.body.json().map_err(|error| {
                RemoteError::new(RemoteKind::Garbled, callee, error.to_string())
            })?;
            let response = self
                .request(call, message, json)
                .send()
                .await
                .map_err(broken)?;
            let status = response.status().as_u16();
            let body = Response::bytes(response).await.map_err(broken)?;
            read(callee, status, body)
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}

/// An HTTP answer as an answer: success, a refusal by the domain, or no answer at all.
fn read(callee: Context, status: u16, body: Bytes) -> Result<Answer, RemoteError> {
    if (200..300).contains(&status) {
        return Ok(Answer::Reply(body));
    }
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if problem.domain.is_some() => Ok(Answer::Refusal(problem)),
        Ok(problem) => Err(problem.into_remote(callee)),
        Err(_) => {
            let code = match status {
                429 => ErrorCode::RateLimited,
                502 | 503 => ErrorCode::Unavailable,
                504 => ErrorCode::Deadline,
                _ => ErrorCode::Internal,
            };
            let what = format!("status {status} without a problem");
            Err(RemoteError::new(RemoteKind::Answered(code), callee, what))
        }
    }
}

/// The kind of the root cause, found by walking the sources to an `io::Error`.
fn classify(error: &reqwest::Error) -> RemoteKind {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    let io_kind = sources
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .last();
    match io_kind.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => RemoteKind::Refused,
        Some(io::ErrorKind::TimedOut) => RemoteKind::Timeout,
        _ if error.is_timeout() => RemoteKind::Timeout,
        None if error.is_connect() => RemoteKind::Refused,
        _ => RemoteKind::Reset,
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(status: u16, body: &'static str) -> RemoteKind {
        match read(Context::Cart, status, Bytes::from_static(body.as_bytes())) {
            Err(error) => error.kind,
            Ok(_) => panic!("{status} {body} is not an answer"),
        }
    }

    #[test]
    fn a_status_without_a_problem_is_no_answer_of_the_domain() {
        assert_eq!(
            kind_of(503, "<html>"),
            RemoteKind::Answered(ErrorCode::Unavailable)
        );
        assert_eq!(
            kind_of(404, "nothing here"),
            RemoteKind::Answered(ErrorCode::Internal)
        );
    }

    #[test]
    fn a_problem_without_a_domain_error_is_a_fault() {
        let body = r#"{"code":"deadline","message":"too late"}"#;
        assert_eq!(
            kind_of(504, body),
            RemoteKind::Answered(ErrorCode::Deadline)
        );
    }

    #[test]
    fn a_problem_with_a_domain_error_is_an_answer() {
        let body = r#"{"code":"not_found","message":"no","domain":"unknown_cart"}"#;
        let answer = read(Context::Cart, 404, Bytes::from_static(body.as_bytes()));
        assert!(matches!(answer, Ok(Answer::Refusal(_))));
    }
}
