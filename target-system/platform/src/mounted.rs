//! What a context has mounted: handlers and listeners by name, routes, background tasks.
//!
//! Types are erased here and nowhere else. In process a request travels as the value it is; over
//! a wire it travels as JSON. Both end in the same handler.

use crate::attempt::Attempt;
use crate::outbox::Delivery;
use crate::transport::{Answer, Body};
use crate::{
    Call, Failure, Handle, HearOnce, Listen, ListenError, RemoteError, RemoteKind, Store,
    StoreError,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use shop_contracts::{Context, Effect, ErrorCode, Fact, Rpc};
use std::any::Any;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A background task, started when the process is ready to work.
pub(crate) type Task = (&'static str, BoxFuture<'static, ()>);

/// A context that has come to life.
pub struct Mounted {
    pub(crate) context: Context,
    pub(crate) store: Option<Store>,
    pub(crate) endpoints: HashMap<&'static str, Arc<dyn Endpoint>>,
    pub(crate) ears: HashMap<&'static str, Arc<dyn Ear>>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) routes: axum::Router,
}

/// A handler with its types erased.
pub(crate) trait Endpoint: Send + Sync {
    fn value(&self, call: Call, request: Box<dyn Any + Send>) -> Answering;
    fn json(&self, call: Call, request: Bytes) -> Answering;
}

pub(crate) type Answering = BoxFuture<'static, Result<Answer, RemoteError>>;

/// A listener with its types erased.
pub(crate) trait Ear: Send + Sync {
    fn hear(&self, call: Call, store: Store, delivery: Delivery) -> Answering;
}

/// Collects what a service answers and hears, and checks by type that it can.
pub struct Mounting<S> {
    service: Arc<S>,
    mounted: Mounted,
}

impl Mounted {
    /// Begins to mount a service of this context.
    pub fn of<S: Send + Sync + 'static>(context: Context, service: S) -> Mounting<S> {
        let mounted = Self {
            context,
            store: None,
            endpoints: HashMap::new(),
            ears: HashMap::new(),
            tasks: Vec::new(),
            routes: axum::Router::new(),
        };
        Mounting {
            service: Arc::new(service),
            mounted,
        }
    }
}

impl Mounted {
    /// The HTTP routes that it offers.
    pub fn routes(&self) -> axum::Router {
        self.routes.clone()
    }

    /// Starts its background tasks.
    pub fn start_tasks(self, work: &mut JoinSet<()>) {
        for (name, task) in self.tasks {
            tracing::debug!(context = %self.context, name, "a background task starts");
            work.spawn(task);
        }
    }
}

impl<S: Send + Sync + 'static> Mounting<S> {
    /// The service answers this call.
    #[must_use]
    pub fn answers<R: Rpc>(mut self) -> Self
    where
        S: Handle<R>,
    {
        let endpoint = Typed::<S, R> {
            service: Arc::clone(&self.service),
            of: PhantomData,
        };
        self.mounted.endpoints.insert(R::NAME, Arc::new(endpoint));
        self
    }

    /// The service hears this fact.
    #[must_use]
    pub fn hears<F: Fact>(mut self) -> Self
    where
        S: Listen<F>,
    {
        let ear = Typed::<S, F> {
            service: Arc::clone(&self.service),
            of: PhantomData,
        };
        self.mounted.ears.insert(F::NAME, Arc::new(ear));
        self
    }

    /// The service hears this fact, and sees to it by itself that it has one effect.
    #[must_use]
    pub fn hears_once<F: Fact>(mut self) -> Self
    where
        S: HearOnce<F>,
    {
        let ear = ByItself(Typed::<S, F> {
            service: Arc::clone(&self.service),
            of: PhantomData,
        });
        self.mounted.ears.insert(F::NAME, Arc::new(ear));
        self
    }

    /// The service has work of its own to do in the background. The task must end when the
    /// shutdown token of its parts is cancelled.
    #[must_use]
    pub fn task<T>(mut self, name: &'static str, task: impl FnOnce(Arc<S>) -> T) -> Self
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let future = Box::pin(task(Arc::clone(&self.service)));
        self.mounted.tasks.push((name, future));
        self
    }

    /// The service offers HTTP routes of its own.
    #[must_use]
    pub fn routes(mut self, routes: impl FnOnce(Arc<S>) -> axum::Router) -> Self {
        let routes = routes(Arc::clone(&self.service));
        self.mounted.routes = self.mounted.routes.merge(routes);
        self
    }

    /// That is all.
    #[must_use]
    pub fn done(self) -> Mounted {
        self.mounted
    }
}

struct Typed<S, M> {
    service: Arc<S>,
    of: PhantomData<fn(M)>,
}

/// A listener that keeps no rows.
struct ByItself<S, F>(Typed<S, F>);

impl<S: HearOnce<F>, F: Fact> Ear for ByItself<S, F> {
    fn hear(&self, call: Call, _: Store, delivery: Delivery) -> Answering {
        let service = Arc::clone(&self.0.service);
        let hearing = async move {
            let fact: F = serde_json::from_str(&delivery.body)
                .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))?;
            let heard = service.hear_once(&call, &delivery.id, fact).await;
            heard.map_err(not_heard)?;
            Ok(Answer::Value(Box::new(())))
        };
        lasting(Effect::Idempotent, Box::pin(hearing))
    }
}

fn not_heard(error: ListenError) -> RemoteError {
    match error {
        ListenError::Store(error) => RemoteError::own(error.code(), error.to_string()),
        ListenError::Effect(reason) => RemoteError::own(ErrorCode::Internal, reason),
    }
}

impl<S: Handle<R>, R: Rpc> Endpoint for Typed<S, R> {
    fn value(&self, call: Call, request: Box<dyn Any + Send>) -> Answering {
        let service = Arc::clone(&self.service);
        let answering = async move {
            let request = request
                .downcast::<R>()
                .map_err(|_| garbled::<R>("a foreign type"))?;
            let outcome = settle::<S, R>(&service, call, *request).await?;
            Ok(Answer::Value(Box::new(outcome)))
        };
        lasting(R::EFFECT, Box::pin(answering))
    }

    fn json(&self, call: Call, request: Bytes) -> Answering {
        let service = Arc::clone(&self.service);
        let answering = async move {
            let request: R = serde_json::from_slice(&request)
                .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))?;
            let outcome = settle::<S, R>(&service, call, request).await?;
            Answer::encode(&outcome).map_err(|error| garbled::<R>(&error.to_string()))
        };
        lasting(R::EFFECT, Box::pin(answering))
    }
}

/// What changes something runs to its end even when the caller loses patience, because an impatient
/// caller must not tear a purchase apart half-way; that is why it gets a task. So does who hears a
/// fact: his panic must not end the relay that told him.
fn lasting(effect: Effect, answering: Answering) -> Answering {
    match effect {
        Effect::Read => answering,
        Effect::Idempotent | Effect::Once => Box::pin(async {
            tokio::spawn(answering)
                .await
                .map_err(|panic| RemoteError::own(ErrorCode::Internal, panic.to_string()))?
        }),
    }
}

/// Runs a handler. One that changes something runs once more on its own if it lost against others
/// and has done nothing.
async fn settle<S: Handle<R>, R: Rpc>(
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

impl<S: Listen<F>, F: Fact> Ear for Typed<S, F> {
    fn hear(&self, call: Call, store: Store, delivery: Delivery) -> Answering {
        let service = Arc::clone(&self.service);
        let hearing = async move {
            let first = Arc::default();
            let shared = call.clone().attempted(&first);
            let mut outcome = take_in(&*service, &shared, &store, &delivery).await;
            if outcome.is_err() && first.deserves_another() {
                let alone = call.attempted(&Arc::new(Attempt::alone()));
                outcome = take_in(&*service, &alone, &store, &delivery).await;
            }
            outcome.map(|()| Answer::Value(Box::new(())))
        };
        lasting(Effect::Idempotent, Box::pin(hearing))
    }
}

/// Takes a fact in, unless it was heard before.
async fn take_in<S: Listen<F>, F: Fact>(
    service: &S,
    call: &Call,
    store: &Store,
    delivery: &Delivery,
) -> Result<(), RemoteError> {
    let failed = |error: StoreError| RemoteError::own(error.code(), error.to_string());
    let fact: F = serde_json::from_str(&delivery.body)
        .map_err(|error| RemoteError::own(ErrorCode::Invalid, error.to_string()))?;
    let mut transaction = store.write(call).await.map_err(failed)?;
    let fresh = crate::outbox::note_heard(&mut transaction, &delivery.id).await;
    if fresh.map_err(failed)? {
        let heard = service.hear(&mut transaction, fact).await;
        heard.map_err(not_heard)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok(())
}

impl<R: Rpc> Body for R {
    fn owned(&self) -> Box<dyn Any + Send> {
        Box::new(self.clone())
    }

    fn json(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }
}
