//! One visitor on one session: sends each step when it is due and writes down what came back.
//!
//! Owns the meaning of the four clocks. It must not know who planned the session.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use goose::goose::{GooseMethod, GooseRequest, GooseUser};
use harness_model::workload::{Draw, Operation};
use harness_model::{ErrorClass, Offset, Sample, Seed, Sym};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::classify;
use crate::session::{draw, is_fixed};
use crate::template::Template;

/// An operation, ready to be sent many times.
pub struct Compiled {
    pub plan: Operation,
    pub method: GooseMethod,
    path: Template,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
    expected_ns: AtomicU64,
}

/// What a step asks of the clocks before it is sent.
pub struct Moment {
    pub intended: Offset,
    /// The earliest moment at which this visitor could have sent it.
    pub ready: Offset,
}

/// The values a visitor knows; lives as long as a pooled user, reset for each session.
pub struct Visitor {
    pub zero: Instant,
    run: String,
    draws: BTreeMap<String, Draw>,
    /// From the prelude; these outlive sessions.
    kept: HashMap<String, String>,
    values: HashMap<String, String>,
    random: ChaCha8Rng,
    serial: u64,
}

impl Compiled {
    pub fn new(operation: &Operation) -> Compiled {
        let header = |(name, value): (&String, &String)| (name.clone(), Template::compile(value));
        Compiled {
            method: match operation.method.as_str() {
                "POST" => GooseMethod::Post,
                "PUT" => GooseMethod::Put,
                "PATCH" => GooseMethod::Patch,
                "DELETE" => GooseMethod::Delete,
                _ => GooseMethod::Get,
            },
            path: Template::compile(&operation.path),
            headers: operation.headers.iter().map(header).collect(),
            body: operation.body.as_deref().map(Template::compile),
            plan: operation.clone(),
            expected_ns: AtomicU64::new(0),
        }
    }

    /// What a step of this kind is expected to take: twice its running median and 10 ms, so that
    /// ordinary jitter is not a stall.
    pub fn expected_ns(&self) -> u64 {
        self.expected_ns.load(Ordering::Relaxed) * 2 + 10_000_000
    }

    /// Moves the running median towards a value by a sixteenth (a frugal streaming quantile).
    fn learn(&self, response_ns: u64) {
        let median = self.expected_ns.load(Ordering::Relaxed);
        let step = (median / 16).max(1_000);
        let moved = match response_ns.cmp(&median) {
            _ if median == 0 => response_ns,
            std::cmp::Ordering::Greater => median + step,
            std::cmp::Ordering::Less => median.saturating_sub(step),
            std::cmp::Ordering::Equal => median,
        };
        self.expected_ns.store(moved, Ordering::Relaxed);
    }

    fn accepts(&self, status: u16) -> bool {
        if self.plan.expect.is_empty() {
            (200..300).contains(&status)
        } else {
            self.plan.expect.contains(&status)
        }
    }
}

/// What came back of one request.
struct Answer {
    status: u16,
    error: ErrorClass,
    bytes: u32,
    first_byte: Offset,
    body: Vec<u8>,
}

impl Visitor {
    pub fn new(zero: Instant, seed: Seed, user: u64, draws: BTreeMap<String, Draw>) -> Visitor {
        Visitor {
            zero,
            run: format!("{:x}-{user}", seed.0),
            draws,
            kept: HashMap::new(),
            values: HashMap::new(),
            random: seed.child("visitor", user).stream("values"),
            serial: 0,
        }
    }

    /// Forgets the last session; what it draws next depends on the session's number alone.
    pub fn begin(&mut self, seed: Seed, session: u64) {
        self.values = self.kept.clone();
        self.random = seed.child("session", session).stream("values");
    }

    /// Keeps what the prelude captured for all sessions to come.
    pub fn keep(&mut self) {
        self.kept = self.values.clone();
    }

    pub fn now(&self) -> Offset {
        match Instant::now().checked_duration_since(self.zero) {
            Some(since) => Offset::from_duration(since),
            None => Offset(-Offset::from_duration(self.zero - Instant::now()).ns()),
        }
    }

    pub async fn wait_until(&self, at: Offset) {
        let due = self.zero + Duration::from_nanos(u64::try_from(at.ns()).unwrap_or(0));
        tokio::time::sleep_until(due.into()).await;
    }

    /// Sends one request and returns its sample, without phase, session and step.
    pub async fn send(
        &mut self,
        user: &mut GooseUser,
        operation: &Compiled,
        moment: &Moment,
    ) -> Sample {
        let trace = (u128::from(self.random.next_u64()) << 64) | u128::from(self.random.next_u64());
        let trace = trace.max(1);
        let parent = self.random.next_u64().max(1);
        let request = self.build(user, operation, trace, parent);
        let sent = self.now();
        let answer = match request {
            Some(request) => self.exchange(user, operation, request).await,
            None => self.nothing(ErrorClass::Other),
        };
        let error = self.judge(operation, &answer);
        let done = self.now();
        let sample = Sample {
            operation: Sym::NONE,
            journey: Sym::NONE,
            intended: moment.intended,
            sent,
            first_byte: answer.first_byte.min(done),
            done,
            lateness_ns: u64::try_from((sent - moment.ready.max(moment.intended)).ns())
                .unwrap_or(0),
            status: answer.status,
            error,
            bytes: answer.bytes,
            trace,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        };
        if sample.ok() {
            operation.learn(sample.response_ns());
        }
        sample
    }

    fn build(
        &mut self,
        user: &GooseUser,
        operation: &Compiled,
        trace: u128,
        parent: u64,
    ) -> Option<reqwest::RequestBuilder> {
        let path = self.fill(&operation.path)?;
        let mut request = user.get_request_builder(&operation.method, &path).ok()?;
        request = request.header("traceparent", format!("00-{trace:032x}-{parent:016x}-01"));
        for (name, value) in &operation.headers {
            request = request.header(name, self.fill(value)?);
        }
        if operation.plan.idempotency_key {
            let key = format!(
                "{:016x}{:016x}",
                self.random.next_u64(),
                self.random.next_u64()
            );
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &operation.body {
            request = request
                .header("content-type", "application/json")
                .body(self.fill(body)?);
        }
        Some(request)
    }

    async fn exchange(
        &self,
        user: &mut GooseUser,
        operation: &Compiled,
        request: reqwest::RequestBuilder,
    ) -> Answer {
        let request = GooseRequest::builder()
            .name(operation.plan.name.as_str())
            .set_request_builder(request)
            .build();
        let Ok(outcome) = user.request(request).await else {
            return self.nothing(ErrorClass::Other);
        };
        let first_byte = self.now();
        match outcome.response {
            Err(error) => self.nothing(classify::class(&error)),
            Ok(response) => {
                let status = response.status().as_u16();
                match response.bytes().await {
                    Ok(body) => Answer {
                        status,
                        error: ErrorClass::None,
                        bytes: u32::try_from(body.len()).unwrap_or(u32::MAX),
                        first_byte,
                        body: body.to_vec(),
                    },
                    Err(error) => {
                        let error = classify::class(&error);
                        Answer {
                            status,
                            first_byte,
                            ..self.nothing(error)
                        }
                    }
                }
            }
        }
    }

    fn nothing(&self, error: ErrorClass) -> Answer {
        Answer {
            status: 0,
            error,
            bytes: 0,
            first_byte: self.now(),
            body: Vec::new(),
        }
    }

    /// The final class of an answer; a good one leaves its captured values behind.
    fn judge(&mut self, operation: &Compiled, answer: &Answer) -> ErrorClass {
        if answer.error != ErrorClass::None {
            return answer.error;
        }
        if !operation.accepts(answer.status) {
            return ErrorClass::Status;
        }
        if operation.plan.capture.is_empty() {
            return ErrorClass::None;
        }
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&answer.body) else {
            return ErrorClass::Body;
        };
        for (name, pointer) in &operation.plan.capture {
            let value = match json.pointer(pointer) {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(serde_json::Value::Null) | None => return ErrorClass::Body,
                Some(other) => other.to_string(),
            };
            self.values.insert(name.clone(), value);
        }
        ErrorClass::None
    }

    /// Captured values first, then fixed draws, then fresh ones.
    fn fill(&mut self, template: &Template) -> Option<String> {
        let Visitor {
            values,
            draws,
            random,
            run,
            serial,
            ..
        } = self;
        let value = |name: &str| {
            if let Some(known) = values.get(name) {
                return Some(known.clone());
            }
            let kind = draws.get(name)?;
            *serial += 1;
            let drawn = draw(kind, random, run, *serial);
            if is_fixed(kind) {
                values.insert(name.to_owned(), drawn.clone());
            }
            Some(drawn)
        };
        template.fill(value).ok()
    }
}
