//! One visitor on one session: fills in requests, sends them and records what came back.
//!
//! Owns the meaning of the four clocks of a sample. It must not know who planned the session, nor
//! how a request travels.

use std::collections::HashMap;
use std::time::Duration;

use harness_model::{ErrorClass, Offset, Sample, Seed, Sym, Template};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use crate::operation::CompiledOperation;
use crate::order::WorkerOrder;
use crate::sender::{Exchange, Request, Sender};
use crate::session::{draw, is_fixed};

/// The clocks of a step before it is sent.
pub struct StepTiming {
    pub intended: Offset,
    /// The earliest moment at which this visitor could have sent it.
    pub ready: Offset,
}

/// The values a visitor knows. It lives as long as its pooled user and begins each session anew.
pub struct Visitor<'a> {
    /// Time zero of the load.
    pub zero: Instant,
    order: &'a WorkerOrder,
    identities_of_run: Seed,
    /// Begins every unique draw; of this run and this visitor.
    prefix: String,
    /// Captured by the prelude; these outlive sessions.
    kept: HashMap<String, String>,
    values: HashMap<String, String>,
    /// Choices: the same in every run of a seed.
    random: ChaCha8Rng,
    /// Traces and keys: the same in no other run.
    identities: ChaCha8Rng,
    serial: u64,
}

impl Visitor<'_> {
    /// The visitor of the user with this number.
    pub fn new(order: &WorkerOrder, user: u64) -> Visitor<'_> {
        let identities_of_run = order.identities();
        Visitor {
            zero: Instant::now(),
            prefix: format!("{:012x}-{user}", identities_of_run.0 >> 16),
            kept: HashMap::new(),
            values: HashMap::new(),
            random: order.seed.child("visitor", user).stream("values"),
            identities: identities_of_run.child("visitor", user).stream("values"),
            serial: 0,
            identities_of_run,
            order,
        }
    }

    /// Forgets the last session; what it draws next depends on the session's number alone.
    pub fn begin(&mut self, session: u64) {
        self.values = self.kept.clone();
        let values = |of: Seed| of.child("session", session).stream("values");
        self.random = values(self.order.seed);
        self.identities = values(self.identities_of_run);
    }

    /// Keeps what the prelude captured for all sessions to come.
    pub fn keep(&mut self) {
        self.kept = self.values.clone();
    }

    pub fn now(&self) -> Offset {
        self.offset(Instant::now())
    }

    /// The instant of a moment of the load; time zero for moments before it.
    pub fn instant(&self, at: Offset) -> Instant {
        self.zero + Duration::from_nanos(u64::try_from(at.ns()).unwrap_or(0))
    }

    fn offset(&self, at: Instant) -> Offset {
        match at.checked_duration_since(self.zero) {
            Some(since) => Offset::from_duration(since),
            None => Offset(-Offset::from_duration(self.zero - at).ns()),
        }
    }

    /// Sends one request and returns its sample, without phase, session and step.
    pub async fn send(
        &mut self,
        sender: &mut impl Sender,
        operation: &CompiledOperation,
        timing: &StepTiming,
    ) -> Sample {
        let trace = (u128::from(self.identity()) << 64) | u128::from(self.identity());
        let trace = trace.max(1);
        let parent = self.identity().max(1);
        let exchange = match self.request(operation, trace, parent) {
            Some(request) => sender.send(request).await,
            None => Exchange::failed(Instant::now(), ErrorClass::Unbuilt),
        };
        let error = self.judge(operation, &exchange);
        let done = self.now();
        if !error.is_of_the_target() {
            return Sample::not_sent(error, timing.intended, done);
        }
        let sent = self.offset(exchange.sent);
        let lateness = sent - timing.ready.max(timing.intended);
        Sample {
            operation: Sym::NONE,
            journey: Sym::NONE,
            intended: timing.intended,
            sent,
            first_byte: self.offset(exchange.first_byte).min(done),
            done,
            lateness_ns: u64::try_from(lateness.ns()).unwrap_or(0),
            status: exchange.status,
            error,
            bytes: u32::try_from(exchange.body.len()).unwrap_or(u32::MAX),
            trace,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        }
    }

    fn identity(&mut self) -> u64 {
        self.identities.next_u64()
    }

    /// `None` when a placeholder has no value.
    fn request<'a>(
        &mut self,
        operation: &'a CompiledOperation,
        trace: u128,
        parent: u64,
    ) -> Option<Request<'a>> {
        let path = self.fill(&operation.path)?;
        let mut headers = Vec::with_capacity(operation.headers.len() + 2);
        headers.push(("traceparent", format!("00-{trace:032x}-{parent:016x}-01")));
        for (name, value) in &operation.headers {
            headers.push((name, self.fill(value)?));
        }
        if operation.plan.idempotency_key {
            let (high, low) = (self.identity(), self.identity());
            headers.push(("idempotency-key", format!("{high:016x}{low:016x}")));
        }
        let body = match &operation.body {
            Some(body) => Some(self.fill(body)?),
            None => None,
        };
        Some(Request {
            operation: &operation.plan.name,
            method: operation.method.clone(),
            path,
            headers,
            body,
        })
    }

    /// The final class of an exchange; a good one leaves its captured values behind.
    fn judge(&mut self, operation: &CompiledOperation, exchange: &Exchange) -> ErrorClass {
        if exchange.error != ErrorClass::None {
            return exchange.error;
        }
        if !operation.accepts(exchange.status) {
            return ErrorClass::Status;
        }
        if operation.plan.capture.is_empty() {
            return ErrorClass::None;
        }
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&exchange.body) else {
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
            order,
            values,
            random,
            prefix,
            serial,
            ..
        } = self;
        let value = |name: &str| {
            if let Some(known) = values.get(name) {
                return Some(known.clone());
            }
            let kind = order.plan.workload.draws.get(name)?;
            *serial += 1;
            let drawn = draw(kind, random, prefix, *serial);
            if is_fixed(kind) {
                values.insert(name.to_owned(), drawn.clone());
            }
            Some(drawn)
        };
        template.fill(value).ok()
    }
}
