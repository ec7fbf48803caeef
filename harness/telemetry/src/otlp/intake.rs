//! Where the spans of all endpoints go: converted, counted and passed on.
//!
//! Owns the counters. Spans can be lost in one place only, a full sink, and are counted there.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use harness_model::Span;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::sync::mpsc::Sender;

use super::convert;
use crate::shared_strings::{SharedStrings, lock};

/// Shared by all endpoints of a receiver.
pub struct SpanIntake {
    origin_unix_ns: i64,
    strings: SharedStrings,
    /// `None` once closed, although exporters may stay connected.
    sink: Mutex<Option<Sender<Vec<Span>>>>,
    received: AtomicU64,
    dropped: AtomicU64,
}

impl SpanIntake {
    /// Span times become offsets from `origin_unix_ns`, nanoseconds since 1970.
    pub fn new(origin_unix_ns: i64, strings: SharedStrings, sink: Sender<Vec<Span>>) -> SpanIntake {
        SpanIntake {
            origin_unix_ns,
            strings,
            sink: Mutex::new(Some(sink)),
            received: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes the spans of a request; a full sink drops and counts them.
    pub fn accept(&self, request: ExportTraceServiceRequest) {
        let spans = convert::spans(request, self.origin_unix_ns, &mut lock(&self.strings));
        let count = spans.len() as u64;
        let sink = self.sink().clone();
        match sink.is_some_and(|sink| sink.try_send(spans).is_ok()) {
            true => self.received.fetch_add(count, Relaxed),
            false => self.dropped.fetch_add(count, Relaxed),
        };
    }

    /// Spans that went into the sink so far.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Spans that a full or closed sink did not take.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Closes the sink: spans that arrive later are dropped.
    pub fn close(&self) {
        self.sink().take();
    }

    fn sink(&self) -> MutexGuard<'_, Option<Sender<Vec<Span>>>> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
