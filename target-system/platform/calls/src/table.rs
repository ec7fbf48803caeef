//! Which endpoint of this process answers a message.

use crate::{Answer, Call, Endpoint, Message, RemoteError, RemoteKind};
use bytes::Bytes;
use shop_contracts::{Context, ErrorCode};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The endpoints of one context by method.
pub type Handlers = HashMap<&'static str, Arc<dyn Endpoint>>;

/// The contexts of this process. They are mounted after the transports exist, because each may
/// need the others; until then calls to them are refused.
#[derive(Default)]
pub struct HandlerTable {
    contexts: HashMap<Context, OnceLock<Handlers>>,
}

impl HandlerTable {
    /// A table with an empty place for each of these contexts.
    #[must_use]
    pub fn with(contexts: impl IntoIterator<Item = Context>) -> Self {
        Self {
            contexts: contexts.into_iter().map(|c| (c, OnceLock::new())).collect(),
        }
    }

    /// Lets a context answer from now on. A second time changes nothing.
    pub fn open(&self, context: Context, handlers: Handlers) {
        if let Some(place) = self.contexts.get(&context) {
            let _ = place.set(handlers);
        }
    }

    /// Which contexts are in this process.
    pub fn contexts(&self) -> impl Iterator<Item = Context> + '_ {
        self.contexts.keys().copied()
    }

    /// Answers a request that is a value.
    ///
    /// # Errors
    /// When nothing here answers it, or the handler fails.
    pub async fn value(&self, call: Call, message: &Message<'_>) -> Result<Answer, RemoteError> {
        let endpoint = self.endpoint(message.callee, message.method)?;
        endpoint.value(call, message.body.owned()).await
    }

    /// Answers a request that is JSON.
    ///
    /// # Errors
    /// When nothing here answers it, it is not understood, or the handler fails.
    pub async fn json(
        &self,
        call: Call,
        context: Context,
        method: &str,
        body: Bytes,
    ) -> Result<Answer, RemoteError> {
        self.endpoint(context, method)?.json(call, body).await
    }

    fn endpoint(&self, context: Context, method: &str) -> Result<&Arc<dyn Endpoint>, RemoteError> {
        let mounted = self.contexts.get(&context).and_then(OnceLock::get);
        let handlers = mounted.ok_or_else(|| {
            let what = "it is not mounted in this process";
            RemoteError::new(RemoteKind::Refused, context, what)
        })?;
        handlers.get(method).ok_or_else(|| {
            let what = format!("{context} does not answer {method}");
            RemoteError::own(ErrorCode::NotFound, what)
        })
    }
}
