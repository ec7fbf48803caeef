//! To a context in the same process: the request is handed over as the value it is.

use super::{Answer, Message, Peer, Transport, told};
use crate::mounted::{Ear, Endpoint, Mounted};
use crate::outbox::{DELIVER, Delivery};
use crate::{Call, Problem, RemoteError, RemoteKind, Store};
use bytes::Bytes;
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use shop_contracts::{Context, ErrorCode};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// The contexts of this process. They are mounted after the transports exist, because each may
/// need the others; until then calls to them are refused.
#[derive(Default)]
pub struct Registry {
    contexts: HashMap<Context, OnceLock<Desk>>,
}

/// Where one context takes requests.
struct Desk {
    endpoints: HashMap<&'static str, Arc<dyn Endpoint>>,
    ears: HashMap<&'static str, Arc<dyn Ear>>,
    store: Option<Store>,
}

impl Registry {
    /// A registry with an empty place for each of these contexts.
    #[must_use]
    pub fn with(contexts: impl IntoIterator<Item = Context>) -> Self {
        Self {
            contexts: contexts.into_iter().map(|c| (c, OnceLock::new())).collect(),
        }
    }

    /// Opens a context's desk. A second mount of the same context changes nothing.
    pub fn open(&self, mounted: &Mounted) {
        let desk = Desk {
            endpoints: mounted.endpoints.clone(),
            ears: mounted.ears.clone(),
            store: mounted.store.clone(),
        };
        if let Some(place) = self.contexts.get(&mounted.context) {
            let _ = place.set(desk);
        }
    }

    /// Which contexts live here.
    pub fn contexts(&self) -> impl Iterator<Item = Context> + '_ {
        self.contexts.keys().copied()
    }

    fn desk(&self, context: Context) -> Result<&Desk, RemoteError> {
        self.contexts
            .get(&context)
            .and_then(OnceLock::get)
            .ok_or_else(|| {
                RemoteError::new(
                    RemoteKind::Refused,
                    context,
                    "it is not mounted in this process",
                )
            })
    }

    /// Answers a request that is a value.
    ///
    /// # Errors
    /// When nobody here answers it, or the handler fails.
    pub async fn value(&self, call: Call, message: &Message<'_>) -> Result<Answer, RemoteError> {
        let desk = self.desk(message.callee)?;
        let body = message.body.owned();
        if message.method == DELIVER {
            let delivery = body.downcast::<Delivery>().map_err(|_| {
                RemoteError::new(RemoteKind::Garbled, message.callee, "not a delivery")
            })?;
            return desk.deliver(call, message.callee, *delivery).await;
        }
        desk.endpoint(message.callee, message.method)?
            .value(call, body)
            .await
    }

    /// Answers a request that is JSON.
    ///
    /// # Errors
    /// When nobody here answers it, it is not understood, or the handler fails.
    pub async fn json(
        &self,
        call: Call,
        context: Context,
        method: &str,
        body: Bytes,
    ) -> Result<Answer, RemoteError> {
        let desk = self.desk(context)?;
        if method == DELIVER {
            let delivery = serde_json::from_slice(&body)
                .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))?;
            desk.deliver(call, context, delivery).await?;
            return Ok(Answer::Reply(Bytes::from_static(b"null")));
        }
        desk.endpoint(context, method)?.json(call, body).await
    }
}

impl Desk {
    fn endpoint(&self, context: Context, method: &str) -> Result<&Arc<dyn Endpoint>, RemoteError> {
        self.endpoints.get(method).ok_or_else(|| {
            let what = format!("{context} does not answer {method}");
            RemoteError::own(ErrorCode::NotFound, what)
        })
    }

    async fn deliver(
        &self,
        call: Call,
        context: Context,
        delivery: Delivery,
    ) -> Result<Answer, RemoteError> {
        let (Some(ear), Some(store)) = (self.ears.get(delivery.fact.as_str()), &self.store) else {
            let what = format!("{context} does not hear {}", delivery.fact);
            return Err(RemoteError::own(ErrorCode::NotFound, what));
        };
        ear.hear(call, store.clone(), delivery).await
    }
}

/// The transport to a context of the same process.
pub struct InProcess {
    registry: Arc<Registry>,
    peer: Peer,
}

impl InProcess {
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

impl Transport for InProcess {
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>> {
        Box::pin(async move {
            let answer = self.registry.value(call.clone(), message).await;
            answer.map_err(|fault| told(message.callee, Problem::fault(&fault)))
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}
