//! What travels with every call besides the request: deadline, trace, identity, idempotency key.

use crate::Attempt;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use serde::{Deserialize, Serialize};
use shop_contracts::CustomerId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// On whose behalf a call is made, once that is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub subject: Subject,
    pub scopes: Vec<String>,
}

/// A person or a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    Customer(CustomerId),
    Client(String),
}

impl Principal {
    /// Whether this scope was granted.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// The customer, if it is one.
    #[must_use]
    pub fn customer(&self) -> Option<&CustomerId> {
        match &self.subject {
            Subject::Customer(id) => Some(id),
            Subject::Client(_) => None,
        }
    }
}

/// The envelope of a call. A handler passes the one it was given on to everything it does, so that
/// deadline and trace reach the last query.
#[derive(Clone, Debug)]
pub struct Call {
    deadline: Instant,
    trace: SpanContext,
    principal: Option<Principal>,
    idempotency_key: Option<String>,
    attempt: Option<Arc<Attempt>>,
}

impl Call {
    /// A call that starts here and may take this long, without a trace or a principal.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self {
            deadline: Instant::now() + limit,
            trace: SpanContext::empty_context(),
            principal: None,
            idempotency_key: None,
            attempt: None,
        }
    }

    /// A call for housekeeping, which is not traced.
    #[must_use]
    pub fn unobserved(limit: Duration) -> Self {
        let unsampled = SpanContext::new(
            TraceId::from_bytes([1; 16]),
            SpanId::from_bytes([1; 8]),
            TraceFlags::NOT_SAMPLED,
            false,
            TraceState::default(),
        );
        Self::within(limit).traced(unsampled)
    }

    /// The same call as part of another span.
    #[must_use]
    pub fn traced(mut self, span: SpanContext) -> Self {
        self.trace = span;
        self
    }

    /// The same call on behalf of this principal.
    #[must_use]
    pub fn on_behalf_of(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// The same call under an idempotency key. Only requests whose effect is `Once` carry it over
    /// the wire; a handler that makes several such calls derives a key for each.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// The same call with this much time at most; never more than it had.
    #[must_use]
    pub fn at_most(mut self, limit: Duration) -> Self {
        self.deadline = self.deadline.min(Instant::now() + limit);
        self
    }

    /// The same call with a deadline of its own, for work that must go on when the caller has
    /// stopped waiting, such as undoing a half-done purchase.
    #[must_use]
    pub fn outliving(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now() + limit;
        self
    }

    /// The same call as part of this run of a handler.
    #[must_use]
    pub fn attempted(mut self, attempt: &Arc<Attempt>) -> Self {
        self.attempt = Some(Arc::clone(attempt));
        self
    }

    /// The run of a handler that this call is part of; `None` for housekeeping, which is not run
    /// again at once.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_deref()
    }

    /// How much time is left; zero when it is over.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The span that this call is part of.
    #[must_use]
    pub fn trace(&self) -> &SpanContext {
        &self.trace
    }

    /// On whose behalf the call is made, if that is known.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The key under which the caller may repeat the request.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }
}
