//! To a context in the same process: the request is handed over as the value it is.

use crate::{Answer, Call, HandlerTable, Message, Peer, Problem, RemoteError, Transport};
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use std::sync::Arc;

/// The transport to a context of the same process.
pub struct InProcess {
    handlers: Arc<HandlerTable>,
    peer: Peer,
}

impl InProcess {
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

impl Transport for InProcess {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>> {
        Box::pin(async move {
            let answer = self.handlers.value(call.clone(), message).await;
            answer.map_err(|fault| Problem::fault(&fault).into_remote(message.callee))
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}
