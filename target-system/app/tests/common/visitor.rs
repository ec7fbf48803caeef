//! A visitor who sends requests to the shop over HTTP, one after another, and records the answers.
//! It must not know which requests there are.

use super::transcript::Transcript;
use reqwest::{Client, Method, Response, Url, redirect};
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::time::{interval, timeout};

/// Headers that are part of an answer; the others are the transport's.
const HEADERS: [&str; 6] = [
    "content-type",
    "allow",
    "cache-control",
    "location",
    "retry-after",
    "www-authenticate",
];
/// How long to wait for what becomes true after a while.
const PATIENCE: Duration = Duration::from_secs(10);
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// A request, and in a few words what it is about.
#[derive(Clone)]
pub struct Ask {
    what: &'static str,
    request: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A request; it is as in `GET /v1/home`.
pub fn ask(what: &'static str, request: impl Into<String>) -> Ask {
    Ask {
        what,
        request: request.into(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

impl Ask {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends this token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends this idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { body, ..self }
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }
}

/// Who asks.
pub struct Visitor {
    pub transcript: Transcript,
    /// What was asked without its query string, and how it went.
    pub asked: Vec<(String, u16)>,
    client: Client,
    entry: Url,
}

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Visitor {
    pub fn new(entry: Url) -> Self {
        let client = Client::builder().no_proxy();
        let client = client.redirect(redirect::Policy::none()).build();
        Self {
            transcript: Transcript::new(),
            asked: Vec::new(),
            client: client.expect("the client can be built"),
            entry,
        }
    }

    /// Sends a request and records the answer; returns its body.
    pub async fn asks(&mut self, ask: Ask) -> Value {
        let answer = self.answer(&ask).await;
        self.note(&ask, answer)
    }

    /// Asks until the answer is as it must become, and notes only the last one. It is noted also
    /// when it did not become so: then the transcript shows what it was.
    pub async fn asks_until(&mut self, ask: Ask, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let _ = timeout(PATIENCE, async {
            let mut again = interval(ASK_AGAIN);
            loop {
                again.tick().await;
                let answer = self.answer(&ask).await;
                let done = is_so(&answer.body);
                last = Some(answer);
                if done {
                    return;
                }
            }
        })
        .await;
        let mut answer = last.expect("there was time for one answer");
        if let Value::Array(items) = &mut answer.body {
            self.sort(items);
        }
        self.note(&ask, answer)
    }

    /// Sends a request without recording the answer; returns its body.
    pub async fn glances(&mut self, ask: Ask) -> Value {
        let answer = self.answer(&ask).await;
        self.count(&ask, &answer);
        answer.body
    }

    /// Brings messages that came from different contexts, in whatever order, into one order. What
    /// they speak of was noted before, so it has names already; their own ids count for nothing.
    fn sort(&mut self, messages: &mut [Value]) {
        messages.sort_by_cached_key(|message| {
            let text = message["text"].as_str().unwrap_or_default();
            (message["kind"].to_string(), self.transcript.named(text))
        });
    }

    fn note(&mut self, ask: &Ask, answer: Answer) -> Value {
        self.count(ask, &answer);
        let Answer { head, body, .. } = answer;
        self.transcript.note(ask.what, &ask.request, &head, &body);
        body
    }

    fn count(&mut self, ask: &Ask, answer: &Answer) {
        let path = ask.request.split('?').next().unwrap_or_default();
        self.asked.push((path.to_owned(), answer.status));
    }

    async fn answer(&self, ask: &Ask) -> Answer {
        let (method, path) = ask.request.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("it is a method");
        let url = self.entry.join(path).expect("it is a path");
        let mut request = self.client.request(method, url).body(ask.body.clone());
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await;
        read(response.unwrap_or_else(|error| panic!("{}: {error}", ask.request))).await
    }
}

async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let mut head = status.to_string();
    for name in HEADERS {
        if let Some(value) = response.headers().get(name) {
            let value = String::from_utf8_lossy(value.as_bytes());
            let name = if name == "content-type" {
                String::new()
            } else {
                format!("{name}: ")
            };
            write!(head, ", {name}{value}").expect("writing to a string cannot fail");
        }
    }
    let text = response.text().await.expect("the answer is whole");
    let body = match serde_json::from_str(&text) {
        _ if text.is_empty() => Value::Null,
        Ok(body) => body,
        Err(_) => Value::String(text),
    };
    Answer { status, head, body }
}
