//! All callees of a process, and the layers in front of each, in this order: retry on a budget,
//! breaker, bulkhead, span, deadline, transport.

use crate::breaker::{Breaker, Rules};
use crate::retry::{Backoff, RetryBudget, worth_another_try};
use crate::{Answer, Call, DELIVER, Message, Peer, RemoteError, RemoteKind, Resilience, Transport};
use opentelemetry::trace::SpanKind;
use shop_contracts::Context;
use shop_telemetry::{ActiveSpan, Telemetry};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// The callees that this process can reach, and how.
pub struct Network {
    callees: HashMap<Context, Callee>,
}

/// One context as a callee: the transport that leads there and what guards it. All callers of a
/// process share it, because what it learns about the callee holds for all of them.
struct Callee {
    context: Context,
    transport: Arc<dyn Transport>,
    timeout: Duration,
    retries: u32,
    budget: RetryBudget,
    backoff: Backoff,
    breaker: Option<Breaker>,
    bulkhead: Semaphore,
}

impl Network {
    /// A network of these routes.
    #[must_use]
    pub fn new(
        routes: impl IntoIterator<Item = (Context, Arc<dyn Transport>)>,
        resilience: &Resilience,
    ) -> Self {
        let callee = |(context, transport)| (context, Callee::new(context, transport, resilience));
        Self {
            callees: routes.into_iter().map(callee).collect(),
        }
    }

    /// Sends a message through all layers. The telemetry is that of the context that asks.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn exchange(
        &self,
        telemetry: &Telemetry,
        call: &Call,
        message: &Message<'_>,
    ) -> Result<Answer, RemoteError> {
        let callee = self.callees.get(&message.callee).ok_or_else(|| {
            RemoteError::new(
                RemoteKind::Refused,
                message.callee,
                "there is no route to it",
            )
        })?;
        callee.exchange(telemetry, call, message).await
    }
}

impl Callee {
    fn new(context: Context, transport: Arc<dyn Transport>, resilience: &Resilience) -> Self {
        Self {
            context,
            transport,
            timeout: resilience.timeout,
            retries: resilience.retries,
            budget: RetryBudget::new(resilience.retry_budget),
            backoff: Backoff::default(),
            breaker: resilience.breaker.then(|| Breaker::new(Rules::default())),
            bulkhead: Semaphore::new(resilience.bulkhead),
        }
    }

    /// Tries, and tries again while that is harmless, affordable and in time.
    async fn exchange(
        &self,
        telemetry: &Telemetry,
        call: &Call,
        message: &Message<'_>,
    ) -> Result<Answer, RemoteError> {
        self.budget.earn();
        let mut retry = 0;
        loop {
            let error = match self.guarded(telemetry, call, message, retry).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = self.backoff.wait(retry + 1);
            let again = message.effect.repeatable()
                && worth_another_try(&error)
                && retry < self.retries
                && wait < call.remaining()
                && self.budget.spend();
            if !again {
                return Err(error);
            }
            telemetry.metrics().retried(self.context);
            sleep(wait).await;
            retry += 1;
        }
    }

    /// One attempt, if breaker and bulkhead let it pass.
    async fn guarded(
        &self,
        telemetry: &Telemetry,
        call: &Call,
        message: &Message<'_>,
        retry: u32,
    ) -> Result<Answer, RemoteError> {
        let mut span = attempt_span(telemetry, call, message, self.transport.peer(), retry);
        let call = call.clone().traced(span.context().clone());
        let outcome = self.admitted(&call, message).await;
        if let Some(breaker) = &self.breaker {
            telemetry
                .metrics()
                .breaker_is(self.context, breaker.phase() as i64);
        }
        if let (Some(_), Some(code)) = (&self.transport.peer().address, status(&outcome)) {
            span.set("http.response.status_code", i64::from(code));
        }
        if let Err(error) = &outcome {
            span.fail(error.kind.name());
        }
        outcome
    }

    async fn admitted(&self, call: &Call, message: &Message<'_>) -> Result<Answer, RemoteError> {
        let refused = |kind, what: &str| Err(RemoteError::new(kind, self.context, what));
        let permit = match &self.breaker {
            None => None,
            Some(breaker) => match breaker.admit() {
                Some(permit) => Some(permit),
                None => return refused(RemoteKind::BreakerOpen, "it keeps failing"),
            },
        };
        let Ok(_slot) = self.bulkhead.try_acquire() else {
            return refused(RemoteKind::Bulkhead, "too many calls are in flight");
        };
        let limit = call.remaining().min(self.timeout);
        let outcome = timeout(limit, self.transport.send(call, message)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            refused(
                RemoteKind::Timeout,
                &format!("no answer within {} ms", limit.as_millis()),
            )
        });
        if let Some(permit) = permit {
            permit.settle(!matches!(&outcome, Err(error) if is_sick(error)));
        }
        outcome
    }
}

/// The span of one attempt of a call. In the same process it belongs to the callee.
fn attempt_span(
    telemetry: &Telemetry,
    call: &Call,
    message: &Message<'_>,
    peer: &Peer,
    retry: u32,
) -> ActiveSpan {
    let callee = message.callee;
    let kind = match message.method {
        DELIVER => SpanKind::Producer,
        _ => peer.kind.clone(),
    };
    let labelled = match &peer.process {
        None => telemetry.of(callee),
        Some(_) => telemetry.clone(),
    };
    let name = format!("{callee}/{}", message.method);
    let mut span = labelled.span(kind, name, call.trace());
    let process = peer.process.as_deref().unwrap_or(callee.name());
    span.set("peer.service", process.to_owned());
    if let Some((address, port)) = &peer.address {
        span.set_server(address, *port);
    }
    if retry > 0 {
        span.set("http.request.resend_count", i64::from(retry));
    }
    span
}

/// The status that the callee answered with; none where no answer came.
fn status(outcome: &Result<Answer, RemoteError>) -> Option<u16> {
    match outcome {
        Ok(Answer::Value(_) | Answer::Reply(_)) => Some(200),
        Ok(Answer::Refusal(problem)) => Some(problem.code.http_status()),
        Err(error) => match error.kind {
            RemoteKind::Answered(code) => Some(code.http_status()),
            _ => None,
        },
    }
}

/// Whether the error is a sign of the callee's bad health, and not of a bad request.
fn is_sick(error: &RemoteError) -> bool {
    error.code().http_status() >= 500
}
