//! An operation of the workload, compiled once to be sent many times.
//!
//! It must not know visitors.

use harness_model::Template;
use harness_model::workload::Operation;
use reqwest::Method;

use crate::expected::ExpectedTime;

/// Shared by all users.
pub struct CompiledOperation {
    pub plan: Operation,
    pub method: Method,
    pub path: Template,
    pub headers: Vec<(String, Template)>,
    pub body: Option<Template>,
    pub expected: ExpectedTime,
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
            expected: ExpectedTime::default(),
        }
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
