//! A visitor that sends requests to the shop over HTTP, one after another, and records the answers.
//! It must not know the script.

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
/// Timeout of a condition that becomes true later.
const PATIENCE: Duration = Duration::from_secs(10);
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A step of the script: a request and its title.
#[derive(Clone)]
pub struct Step {
    title: &'static str,
    request: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// A step; its request is as in `GET /v1/home`.
pub fn step(title: &'static str, request: impl Into<String>) -> Step {
    Step {
        title,
        request: request.into(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

impl Step {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends an idempotency key.
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

/// Sends the steps of a script.
pub struct Visitor {
    pub transcript: Transcript,
    pub exchanges: Vec<Exchange>,
    client: Client,
    entry: Url,
}

/// A request and its answer.
pub struct Exchange {
    /// Without its query string.
    pub request: String,
    /// `null` when it was not JSON.
    pub body: Value,
    pub status: u16,
    pub answer: Value,
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
            exchanges: Vec::new(),
            client: client.expect("the client can be built"),
            entry,
        }
    }

    /// Sends a request, records the answer and returns its body.
    pub async fn send(&mut self, step: Step) -> Value {
        let answer = self.answer(&step).await;
        self.record(&step, answer)
    }

    /// Sends a request until the answer meets a condition, and records only the last answer; also
    /// when it does not meet the condition, so that the transcript shows it.
    pub async fn send_until(&mut self, step: Step, condition: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let _ = timeout(PATIENCE, async {
            let mut again = interval(RETRY_INTERVAL);
            loop {
                again.tick().await;
                let answer = self.answer(&step).await;
                let done = condition(&answer.body);
                last = Some(answer);
                if done {
                    return;
                }
            }
        })
        .await;
        let mut answer = last.expect("there is at least one answer");
        if let Value::Array(items) = &mut answer.body {
            self.sort(items);
        }
        self.record(&step, answer)
    }

    /// Sends a request and returns the body of the answer without recording it.
    pub async fn peek(&mut self, step: Step) -> Value {
        let answer = self.answer(&step).await;
        self.count(&step, &answer);
        answer.body
    }

    /// Sorts messages of different contexts, which arrive in any order, by kind and text. The ids
    /// in their texts have names already, because they were recorded before.
    fn sort(&mut self, messages: &mut [Value]) {
        messages.sort_by_cached_key(|message| {
            let text = message["text"].as_str().unwrap_or_default();
            (message["kind"].to_string(), self.transcript.named(text))
        });
    }

    fn record(&mut self, step: &Step, answer: Answer) -> Value {
        self.count(step, &answer);
        let Answer { head, body, .. } = answer;
        self.transcript
            .record(step.title, &step.request, &head, &body);
        body
    }

    fn count(&mut self, step: &Step, answer: &Answer) {
        let path = step.request.split('?').next().unwrap_or_default();
        self.exchanges.push(Exchange {
            request: path.to_owned(),
            body: serde_json::from_slice(&step.body).unwrap_or_default(),
            status: answer.status,
            answer: answer.body.clone(),
        });
    }

    async fn answer(&self, step: &Step) -> Answer {
        let (method, path) = step.request.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("it is a method");
        let url = self.entry.join(path).expect("it is a path");
        let mut request = self.client.request(method, url).body(step.body.clone());
        for (name, value) in &step.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await;
        read(response.unwrap_or_else(|error| panic!("{}: {error}", step.request))).await
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
    let text = response.text().await.expect("the answer is complete");
    let body = match serde_json::from_str(&text) {
        _ if text.is_empty() => Value::Null,
        Ok(body) => body,
        Err(_) => Value::String(text),
    };
    Answer { status, head, body }
}
