//! A target with stated response times, failures and hangs.
//!
//! It must not know loads; it sees one request after the other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use harness_model::{ErrorClass, Offset};
use tokio::time::Instant;

use super::orders::ms;
use crate::sender::{Exchange, Request, Sender};

/// How the target answers one request.
#[derive(Debug, Clone, Copy)]
pub struct Reply {
    after: Duration,
    status: u16,
    error: ErrorClass,
    body: &'static str,
}

impl Reply {
    pub fn ok(after: Duration) -> Reply {
        Reply {
            after,
            status: 200,
            error: ErrorClass::None,
            body: "",
        }
    }

    pub fn body(body: &'static str) -> Reply {
        Reply {
            body,
            ..Reply::ok(ms(10))
        }
    }

    pub fn status(after: Duration, status: u16) -> Reply {
        Reply {
            status,
            ..Reply::ok(after)
        }
    }

    pub fn refused(after: Duration) -> Reply {
        Reply {
            status: 0,
            error: ErrorClass::Refused,
            ..Reply::ok(after)
        }
    }

    /// This machine cannot open a connection.
    pub fn exhausted() -> Reply {
        Reply {
            status: 0,
            error: ErrorClass::Exhausted,
            ..Reply::ok(Duration::ZERO)
        }
    }

    /// No answer at all; the sender gives up at the timeout.
    pub fn never() -> Reply {
        Reply::ok(Duration::MAX)
    }
}

/// A request as the target sees it.
pub struct Asked<'a> {
    pub request: Request<'a>,
    /// How many requests came before.
    pub nth: u64,
    pub at: Offset,
}

type Answer = Box<dyn Fn(Asked<'_>) -> Reply + Send + Sync>;

/// A target that all senders of a load share.
pub struct Target {
    answer: Answer,
    timeout: Duration,
    zero: OnceLock<Instant>,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Target {
    pub fn new(
        timeout: Duration,
        answer: impl Fn(Asked<'_>) -> Reply + Send + Sync + 'static,
    ) -> Target {
        Target {
            answer: Box::new(answer),
            timeout,
            zero: OnceLock::new(),
            requests: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        }
    }

    /// From here on requests know when they are asked.
    pub fn begin(&self, zero: Instant) {
        self.zero.set(zero).unwrap();
    }

    pub fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::Relaxed)
    }
}

pub struct FakeSender(pub Arc<Target>);

impl Sender for FakeSender {
    async fn send(&mut self, request: Request<'_>) -> Exchange {
        let target = &*self.0;
        let sent = Instant::now();
        let since_zero = target.zero.get().map(|zero| sent - *zero);
        let reply = (target.answer)(Asked {
            request,
            nth: target.requests.fetch_add(1, Ordering::Relaxed),
            at: since_zero.map_or(Offset::ZERO, Offset::from_duration),
        });
        let busy = target.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        target.most_in_flight.fetch_max(busy, Ordering::Relaxed);
        tokio::time::sleep(reply.after.min(target.timeout)).await;
        target.in_flight.fetch_sub(1, Ordering::Relaxed);
        if reply.after > target.timeout {
            return Exchange::failed(sent, ErrorClass::Timeout);
        }
        Exchange {
            sent,
            first_byte: Instant::now(),
            status: reply.status,
            error: reply.error,
            body: Bytes::from_static(reply.body.as_bytes()),
        }
    }
}
