//! For tests: to a context of the same process, but as JSON, and twice where a retry would be
//! allowed. It finds requests that do not survive JSON and effects that are not idempotent, without
//! a network.

use crate::{
    Answer, Call, HandlerTable, Message, Peer, Problem, RemoteError, RemoteKind, Transport,
};
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use std::sync::Arc;

/// The transport that serialises and repeats.
pub struct Serialised {
    handlers: Arc<HandlerTable>,
    peer: Peer,
}

impl Serialised {
    #[must_use]
    pub fn new(handlers: Arc<HandlerTable>) -> Self {
        let peer = Peer {
            kind: SpanKind::Internal,
            process: None,
            address: None,
        };
        Self { handlers, peer }
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
                    .handlers
                    .json(call.clone(), context, method, json.clone())
                    .await;
                drop(first);
            }
            let answer = self.handlers.json(call.clone(), context, method, json);
            let fault = |fault| Problem::fault(&fault).into_remote(context);
            answer.await.map_err(fault)
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}
