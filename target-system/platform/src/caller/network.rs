//! All callees of a process, and the layers in front of each.

use crate::transport::{Answer, Message, Transport};
use crate::{Call, RemoteError, RemoteKind, Resilience, Telemetry};
use shop_contracts::Context;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::timeout;

/// Whom this process can reach, and how.
pub struct Network {
    callees: HashMap<Context, Callee>,
}

/// One context as a callee: the transport that leads there and what guards it.
pub struct Callee {
    transport: Arc<dyn Transport>,
    resilience: Resilience,
    telemetry: Telemetry,
}

impl Network {
    /// A network of these routes.
    #[must_use]
    pub fn new(
        routes: impl IntoIterator<Item = (Context, Arc<dyn Transport>)>,
        resilience: &Resilience,
        telemetry: &Telemetry,
    ) -> Self {
        let callee = |(context, transport)| {
            let guarded = Callee {
                transport,
                resilience: resilience.clone(),
                telemetry: telemetry.clone(),
            };
            (context, guarded)
        };
        Self {
            callees: routes.into_iter().map(callee).collect(),
        }
    }

    /// Sends a message through all layers.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn exchange(
        &self,
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
        callee.attempt(call, message).await
    }
}

impl Callee {
    async fn attempt(&self, call: &Call, message: &Message<'_>) -> Result<Answer, RemoteError> {
        let limit = call.remaining().min(self.resilience.timeout);
        let mut span = self.telemetry.call(call, message, self.transport.peer(), 0);
        let call = call.clone().traced(span.context().clone());
        let outcome = timeout(limit, self.transport.send(&call, message)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            let what = format!("no answer within {limit:?}");
            Err(RemoteError::new(RemoteKind::Timeout, message.callee, what))
        });
        if let Err(error) = &outcome {
            span.fail(error.kind.name());
        }
        outcome
    }
}
