//! How a request gets to the context that answers it. The shape chooses; callers never see it.

mod http;
mod in_process;
mod serialised;

pub use http::{Http, client};
pub use in_process::{InProcess, Registry};
pub use serialised::Serialised;

use crate::{Call, Problem, RemoteError, RemoteKind};
use bytes::Bytes;
use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use serde::Serialize;
use shop_contracts::{Context, DomainError, Effect};
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

/// A callee's fault as its caller hears of it: what the callee says of it, and no more, because a
/// wire carries no more. So whoever calls decides and answers alike in every shape.
fn told(callee: Context, problem: Problem) -> RemoteError {
    RemoteError::new(RemoteKind::Answered(problem.code), callee, problem.message)
}

/// Where a transport leads, in the words of telemetry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub kind: SpanKind,
    /// The process that answers; `None` when it is this one.
    pub process: Option<String>,
    pub address: Option<(String, u16)>,
}

/// Carries requests to one context.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the answer, for as long as the caller lets it.
    fn send<'a>(
        &'a self,
        call: &'a Call,
        message: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>>;

    /// Where it leads.
    fn peer(&self) -> &Peer;
}
