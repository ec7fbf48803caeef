//! Typed calls from one context to the others.

use crate::{Answer, Call, CallError, Message, Network, RemoteError, RemoteKind};
use shop_contracts::{Context, DomainError as _, Effect, Rpc};
use shop_telemetry::Telemetry;
use std::sync::Arc;
use tokio::time::Instant;

/// Sends requests on behalf of one context, only to those that it declares in `CALLS`.
#[derive(Clone)]
pub struct Caller {
    from: Context,
    allowed: &'static [Context],
    network: Arc<Network>,
    telemetry: Telemetry,
}

impl Caller {
    /// A caller for this context.
    #[must_use]
    pub fn new(
        from: Context,
        allowed: &'static [Context],
        network: Arc<Network>,
        telemetry: &Telemetry,
    ) -> Self {
        Self {
            from,
            allowed,
            network,
            telemetry: telemetry.of(from),
        }
    }

    /// Asks, and waits for the answer until the call's deadline.
    ///
    /// # Errors
    /// [`CallError::Domain`] is the callee's own answer. [`CallError::Remote`] means that there is
    /// no answer, never that the request did not run.
    pub async fn call<R: Rpc>(
        &self,
        call: &Call,
        request: R,
    ) -> Result<R::Reply, CallError<R::Error>> {
        let message = Message {
            callee: R::CONTEXT,
            method: R::NAME,
            effect: R::EFFECT,
            body: &request,
        };
        let asked = Instant::now();
        if let (Effect::Idempotent | Effect::Once, Some(attempt)) = (R::EFFECT, call.attempt()) {
            attempt.last();
        }
        let answer = if self.allowed.contains(&R::CONTEXT) {
            self.network.exchange(&self.telemetry, call, &message).await
        } else {
            let what = format!(
                "{} does not declare that it calls {}",
                self.from,
                R::CONTEXT
            );
            Err(RemoteError::new(RemoteKind::NotAllowed, R::CONTEXT, what))
        };
        let outcome = answer.map_err(CallError::Remote).and_then(decode::<R>);
        let name = match &outcome {
            Ok(_) => "ok",
            Err(CallError::Domain(error)) => error.code().name(),
            Err(CallError::Remote(error)) => error.kind.name(),
        };
        self.telemetry
            .metrics()
            .called(R::CONTEXT, R::NAME, name, asked.elapsed());
        outcome
    }
}

fn decode<R: Rpc>(answer: Answer) -> Result<R::Reply, CallError<R::Error>> {
    let garbled = |detail: String| {
        CallError::Remote(RemoteError::new(RemoteKind::Garbled, R::CONTEXT, detail))
    };
    match answer {
        Answer::Value(value) => value
            .downcast::<Result<R::Reply, R::Error>>()
            .map_err(|_| garbled(format!("{} answered with a foreign type", R::NAME)))?
            .map_err(CallError::Domain),
        Answer::Reply(json) => {
            serde_json::from_slice(&json).map_err(|error| garbled(error.to_string()))
        }
        Answer::Refusal(problem) => {
            let error = serde_json::from_value(problem.domain.unwrap_or_default());
            Err(error.map_or_else(|error| garbled(error.to_string()), CallError::Domain))
        }
    }
}
