//! The one way from a context to another: a typed request in, a typed answer out, and between
//! them the layers that make a call survive a bad day.

mod network;

pub use network::{Callee, Network};

use crate::transport::{Answer, Message};
use crate::{Call, CallError, RemoteError, RemoteKind};
use shop_contracts::{Context, Rpc};
use std::sync::Arc;

/// Sends requests on behalf of one context, to those it declared in `CALLS` and to nobody else.
#[derive(Clone)]
pub struct Caller {
    from: Context,
    allowed: &'static [Context],
    network: Arc<Network>,
}

impl Caller {
    /// A caller for this context.
    #[must_use]
    pub fn new(from: Context, allowed: &'static [Context], network: Arc<Network>) -> Self {
        Self {
            from,
            allowed,
            network,
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
        let answer = if self.allowed.contains(&R::CONTEXT) {
            self.network.exchange(call, &message).await
        } else {
            let what = format!(
                "{} does not declare that it calls {}",
                self.from,
                R::CONTEXT
            );
            Err(RemoteError::new(RemoteKind::NotAllowed, R::CONTEXT, what))
        };
        decode::<R>(answer.map_err(CallError::Remote)?)
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
