//! Handlers with their types erased. In process a request travels as the value it is, over a wire
//! as JSON; both end in the same handler.

use crate::attempt::Attempt;
use crate::{Answer, Call, Failure, Handle, RemoteError, RemoteKind};
use bytes::Bytes;
use futures::future::BoxFuture;
use shop_contracts::{Effect, ErrorCode, Rpc};
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// An answer on its way.
pub type Answering = BoxFuture<'static, Result<Answer, RemoteError>>;

/// Answers one method of a context.
pub trait Endpoint: Send + Sync {
    /// Answers a request that is a value.
    fn value(&self, call: Call, request: Box<dyn Any + Send>) -> Answering;

    /// Answers a request that is JSON.
    fn json(&self, call: Call, request: Bytes) -> Answering;
}

/// The endpoint of a handler.
pub fn endpoint<S: Handle<R>, R: Rpc>(service: Arc<S>) -> Arc<dyn Endpoint> {
    Arc::new(Typed::<S, R> {
        service,
        request: PhantomData,
    })
}

/// Runs what changes something to its end in a task of its own: a caller who stops waiting must not
/// leave a purchase half done, and a panic must not end the caller.
#[must_use]
pub fn to_completion<T: Send + 'static>(
    effect: Effect,
    work: BoxFuture<'static, Result<T, RemoteError>>,
) -> BoxFuture<'static, Result<T, RemoteError>> {
    match effect {
        Effect::Read => work,
        Effect::Idempotent | Effect::Once => Box::pin(async {
            tokio::spawn(work)
                .await
                .map_err(|panic| RemoteError::own(ErrorCode::Internal, panic.to_string()))?
        }),
    }
}

struct Typed<S, R> {
    service: Arc<S>,
    request: PhantomData<fn(R)>,
}

impl<S: Handle<R>, R: Rpc> Endpoint for Typed<S, R> {
    fn value(&self, call: Call, request: Box<dyn Any + Send>) -> Answering {
        let service = Arc::clone(&self.service);
        let answering = async move {
            let request = request
                .downcast::<R>()
                .map_err(|_| garbled::<R>("a foreign type"))?;
            let outcome = answer::<S, R>(&service, call, *request).await?;
            Ok(Answer::Value(Box::new(outcome)))
        };
        to_completion(R::EFFECT, Box::pin(answering))
    }

    fn json(&self, call: Call, request: Bytes) -> Answering {
        let service = Arc::clone(&self.service);
        let answering = async move {
            let request: R = serde_json::from_slice(&request)
                .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))?;
            let outcome = answer::<S, R>(&service, call, request).await?;
            Answer::encode(&outcome).map_err(|error| garbled::<R>(&error.to_string()))
        };
        to_completion(R::EFFECT, Box::pin(answering))
    }
}

/// Runs a handler. One that changes something runs once more, alone, when its transaction lost
/// against others before it had any lasting effect.
async fn answer<S: Handle<R>, R: Rpc>(
    service: &S,
    call: Call,
    request: R,
) -> Result<Result<R::Reply, R::Error>, RemoteError> {
    let mut attempt: Arc<Attempt> = Arc::default();
    loop {
        let call = match R::EFFECT {
            Effect::Read => call.clone(),
            Effect::Idempotent | Effect::Once => call.clone().attempted(&attempt),
        };
        match service.handle(&call, request.clone()).await {
            Ok(reply) => return Ok(Ok(reply)),
            Err(Failure::Domain(error)) => return Ok(Err(error)),
            Err(Failure::Fault(_)) if attempt.deserves_another() => {
                attempt = Arc::new(Attempt::alone());
            }
            Err(Failure::Fault(fault)) => return Err(fault),
        }
    }
}

fn garbled<R: Rpc>(detail: &str) -> RemoteError {
    RemoteError::new(
        RemoteKind::Garbled,
        R::CONTEXT,
        format!("{}: {detail}", R::NAME),
    )
}
