//! What a context has mounted: handlers and listeners by name, routes, background tasks.

use futures::future::BoxFuture;
use shop_calls::{DELIVER, Handle, HandlerTable, Handlers, endpoint};
use shop_contracts::{Context, Fact, Rpc};
use shop_facts::{Deliveries, HearOnce, Listen, Listeners, heard_by_itself, heard_in_transaction};
use shop_stores::Store;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// A background task, started when the process is ready to work.
type Task = (&'static str, BoxFuture<'static, ()>);

/// A mounted context.
pub struct Mounted {
    pub(super) context: Context,
    pub(super) handlers: Handlers,
    pub(super) listeners: Listeners,
    tasks: Vec<Task>,
    routes: axum::Router,
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
            handlers: HashMap::new(),
            listeners: HashMap::new(),
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
    /// Answers also what another service of the same context answers.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.handlers.extend(other.handlers);
        self
    }

    /// Takes deliveries for its listeners, which keep what they have heard in this store.
    pub(super) fn take_deliveries(&mut self, store: Store) {
        if !self.listeners.is_empty() {
            let listeners = std::mem::take(&mut self.listeners);
            let deliveries = Deliveries::new(self.context, listeners, store);
            self.handlers.insert(DELIVER, Arc::new(deliveries));
        }
    }

    /// Lets it answer requests of this process.
    pub fn open(&self, table: &HandlerTable) {
        table.open(self.context, self.handlers.clone());
    }

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
        let endpoint = endpoint::<S, R>(Arc::clone(&self.service));
        self.mounted.handlers.insert(R::NAME, endpoint);
        self
    }

    /// The service hears this fact.
    #[must_use]
    pub fn hears<F: Fact>(mut self) -> Self
    where
        S: Listen<F>,
    {
        let listener = heard_in_transaction::<S, F>(Arc::clone(&self.service));
        self.mounted.listeners.insert(F::NAME, listener);
        self
    }

    /// The service hears this fact, and makes sure by itself that it takes effect once.
    #[must_use]
    pub fn hears_once<F: Fact>(mut self) -> Self
    where
        S: HearOnce<F>,
    {
        let listener = heard_by_itself::<S, F>(Arc::clone(&self.service));
        self.mounted.listeners.insert(F::NAME, listener);
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

    /// Ends the list.
    #[must_use]
    pub fn done(self) -> Mounted {
        self.mounted
    }
}
