//! The endpoint under which a context takes deliveries of facts.

use crate::FactListener;
use crate::fact_listener::Hearing;
use bytes::Bytes;
use shop_calls::{Answer, Answering, Call, Delivery, Endpoint, RemoteError, RemoteKind};
use shop_contracts::{Context, ErrorCode};
use shop_stores::Store;
use std::any::Any;
use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;

/// The listeners of one context by the name of the fact.
pub type Listeners = HashMap<&'static str, Arc<dyn FactListener>>;

/// Hands each delivery to the listener of its fact.
pub struct Deliveries {
    context: Context,
    listeners: Listeners,
    store: Store,
}

impl Deliveries {
    /// The deliveries of a context, which keeps what it has heard in this store.
    #[must_use]
    pub fn new(context: Context, listeners: Listeners, store: Store) -> Self {
        Self {
            context,
            listeners,
            store,
        }
    }

    fn hear(&self, call: Call, delivery: Delivery) -> Hearing {
        match self.listeners.get(delivery.fact.as_str()) {
            Some(listener) => listener.hear(call, self.store.clone(), delivery),
            None => {
                let what = format!("{} does not hear {}", self.context, delivery.fact);
                Box::pin(ready(Err(RemoteError::own(ErrorCode::NotFound, what))))
            }
        }
    }
}

impl Endpoint for Deliveries {
    fn value(&self, call: Call, request: Box<dyn Any + Send>) -> Answering {
        let Ok(delivery) = request.downcast::<Delivery>() else {
            let error = RemoteError::new(RemoteKind::Garbled, self.context, "not a delivery");
            return Box::pin(ready(Err(error)));
        };
        let hearing = self.hear(call, *delivery);
        Box::pin(async { hearing.await.map(|()| Answer::Value(Box::new(()))) })
    }

    fn json(&self, call: Call, request: Bytes) -> Answering {
        let delivery = match serde_json::from_slice(&request) {
            Ok(delivery) => delivery,
            Err(error) => {
                let error = RemoteError::own(ErrorCode::Invalid, error.to_string());
                return Box::pin(ready(Err(error)));
            }
        };
        let hearing = self.hear(call, delivery);
        Box::pin(async {
            let null = Bytes::from_static(b"null");
            hearing.await.map(|()| Answer::Reply(null))
        })
    }
}
