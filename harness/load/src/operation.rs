//! An operation of the workload, compiled once to be sent many times.
//!
//! Owns the running median of its response times. It must not know visitors.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::sync::atomic::{AtomicU64, Ordering};

use harness_model::workload::Operation;
use reqwest::Method;

use harness_model::Template;

/// Shared by all users.
pub struct CompiledOperation {
    pub plan: Operation,
    pub method: Method,
    pub path: Template,
    pub headers: Vec<(String, Template)>,
    pub body: Option<Template>,
    median_ns: AtomicU64,
}

impl CompiledOperation {
    pub fn new(operation: &Operation) -> CompiledOperation {
        let header = |(name, value): (&String, &String)| (name.clone(), Template::compile(value));
        CompiledOperation {
            method: match operation.method.as_str() {
                "POST" => Method::POST,
                "PUT" => Method::PUT,
                "PATCH" => Method::PATCH,
                "DELETE" => Method::DELETE,
                _ => Method::GET,
            },
            path: Template::compile(&operation.path),
            headers: operation.headers.iter().map(header).collect(),
            body: operation.body.as_deref().map(Template::compile),
            plan: operation.clone(),
            median_ns: AtomicU64::new(0),
        }
    }

    /// The longest response time that may move the next step: twice the running median and 10 ms,
    /// so that ordinary jitter does not count as a stall.
    pub fn expected_ns(&self) -> u64 {
        self.median_ns.load(Ordering::Relaxed) * 2 + 10_000_000
    }

    /// Moves the running median towards a value by a sixteenth (a frugal streaming quantile).
    pub fn learn(&self, response_ns: u64) {
        let median = self.median_ns.load(Ordering::Relaxed);
        let step = (median / 16).max(1_000);
        let moved = match response_ns.cmp(&median) {
            _ if median == 0 => response_ns,
            Greater => median + step,
            Less => median.saturating_sub(step),
            Equal => median,
        };
        self.median_ns.store(moved, Ordering::Relaxed);
    }

    /// Whether a status is one that the operation expects.
    pub fn accepts(&self, status: u16) -> bool {
        if self.plan.expect.is_empty() {
            (200..300).contains(&status)
        } else {
            self.plan.expect.contains(&status)
        }
    }
}
