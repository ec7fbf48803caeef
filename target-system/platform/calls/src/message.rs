//! What a transport carries, and what a transport is.

use crate::{Call, Problem, RemoteError};
use bytes::Bytes;
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use serde::Serialize;
use shop_contracts::{Context, DomainError, Effect, Rpc};
use std::any::Any;

/// A request with its type erased.
pub struct Message<'a> {
    pub callee: Context,
    pub method: &'static str,
    pub effect: Effect,
    pub body: &'a dyn Body,
}

/// A request body: a value that can be copied, or written as JSON.
pub trait Body: Send + Sync {
    /// A copy of the value, for a callee in the same process.
    fn owned(&self) -> Box<dyn Any + Send>;

    /// The value as JSON, for a callee elsewhere.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    fn json(&self) -> Result<Bytes, serde_json::Error>;
}

impl<R: Rpc> Body for R {
    fn owned(&self) -> Box<dyn Any + Send> {
        Box::new(self.clone())
    }

    fn json(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}

/// What came back. A refusal by the domain is an answer, too.
pub enum Answer {
    /// `Result<R::Reply, R::Error>` as it is.
    Value(Box<dyn Any + Send>),
    /// The reply as JSON.
    Reply(Bytes),
    /// A refusal by the domain.
    Refusal(Problem),
}

impl Answer {
    /// An outcome as it goes over a wire.
    ///
    /// # Errors
    /// When the reply cannot be written as JSON.
    pub fn encode<T: Serialize, E: DomainError>(
        outcome: &Result<T, E>,
    ) -> Result<Self, serde_json::Error> {
        match outcome {
            Ok(reply) => serde_json::to_vec(reply).map(|json| Self::Reply(json.into())),
            Err(error) => Ok(Self::Refusal(Problem::domain(error))),
        }
    }
}

/// Where a transport leads, as telemetry states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub kind: SpanKind,
    /// The process that answers; `None` when it is this one.
    pub process: Option<String>,
    pub address: Option<(String, u16)>,
}

/// Carries requests to one context.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the answer until the caller drops the future.
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>>;

    /// Where it leads.
    fn peer(&self) -> &Peer;
}
