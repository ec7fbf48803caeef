//! For tests: to a context of the same process, but as if over a wire, and twice where a retry
//! would be allowed. It finds requests that do not survive JSON and effects that are not
//! idempotent, without a network.

use super::{Answer, Message, Peer, Registry, Transport, told};
use crate::{Call, Problem, RemoteError, RemoteKind};
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use std::sync::Arc;

/// The suspicious transport.
pub struct Serialised {
    registry: Arc<Registry>,
    peer: Peer,
}

impl Serialised {
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        let peer = Peer {
            kind: SpanKind::Internal,
            process: None,
            address: None,
        };
        Self { registry, peer }
    }
}

impl Transport for Serialised {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>> {
        Box::pin(async move {
            let json = message.body.json().map_err(|error| {
                RemoteError::new(RemoteKind::Garbled, message.callee, error.to_string())
            })?;
            let (context, method) = (message.callee, message.method);
            if message.effect.repeatable() {
                let first = self
                    .registry
                    .json(call.clone(), context, method, json.clone())
                    .await;
                drop(first);
            }
            let answer = self.registry.json(call.clone(), context, method, json);
            let told = |fault| told(context, Problem::fault(&fault));
            answer.await.map_err(told)
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}
