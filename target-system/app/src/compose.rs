//! Composes a process: opens its database, connects its contexts, mounts them, and starts their
//! background tasks. It treats all contexts of the shape alike and must not know any by name.

use crate::modules::{calls, module, reaches, subscriptions};
use crate::{ShapeProcess, ShopError, World, stores};
use axum::Router;
use reqwest::Url;
use shop_calls::Caller;
use shop_calls::Network;
use shop_calls::{HandlerTable, Http, InProcess, Transport, client};
use shop_contracts::Context;
use shop_facts::Relay;
use shop_facts::{Bus, Consumer, RabbitMq};
use shop_host::{Audit, Mounted, Parts};
use shop_host::{Server, rpc_routes};
use shop_stores::Subscriptions;
use shop_stores::{Clock, Store};
use shop_stores::{Database, Engine};
use shop_telemetry::Telemetry;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Timeout of work in progress at the shutdown; a little more than the server's own drain.
const PATIENCE: Duration = Duration::from_secs(3);

/// A process that listens, and answers once it is started.
pub struct Process {
    world: World,
    shape: ShapeProcess,
    data: PathBuf,
    engine: Engine,
    server: Server,
    telemetry: Telemetry,
    broker: Option<RabbitMq>,
}

/// A process that answers requests.
pub struct Running {
    work: JoinSet<()>,
    database: Database,
    shutdown: CancellationToken,
}

impl Process {
    /// Binds the address. Requests are refused until [`Process::start`].
    ///
    /// # Errors
    /// When there is no such process or the address is taken.
    pub async fn listen(
        world: &World,
        name: &str,
        data: &Path,
        address: SocketAddr,
        telemetry: Telemetry,
    ) -> Result<Self, ShopError> {
        let shape = world.shape.process(name)?.clone();
        let server = Server::listen(address, telemetry.clone()).await?;
        Ok(Self {
            world: world.clone(),
            shape,
            data: data.to_owned(),
            engine: Engine::default(),
            server,
            telemetry,
            broker: None,
        })
    }

    /// Keeps its rows on this engine instead of a file in the data folder.
    #[must_use]
    pub fn stored_on(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Delivers facts through a broker; without one, contexts deliver them directly.
    #[must_use]
    pub fn with_broker(mut self, broker: Option<RabbitMq>) -> Self {
        self.broker = broker;
        self
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// When the socket has none.
    pub fn address(&self) -> Result<SocketAddr, ShopError> {
        Ok(self.server.address()?)
    }

    /// Mounts all contexts and makes the process ready. The routes are the URLs of other processes.
    ///
    /// # Errors
    /// When a route is missing or a context does not mount.
    pub async fn start(self, routes: &BTreeMap<String, Url>) -> Result<Running, ShopError> {
        let shutdown = CancellationToken::new();
        let resilience = self.world.resilience()?;
        let readiness = self.server.readiness(resilience.deadline);
        let mut work = JoinSet::new();
        let (server, stop) = (self.server, shutdown.clone());
        work.spawn(async move {
            if let Err(error) = server.run(stop).await {
                tracing::error!(%error, "the server failed");
            }
        });
        let wiring = Wiring::new(
            &self.world,
            &self.shape,
            routes,
            &self.telemetry,
            self.broker.is_some(),
        )?;
        let database = stores::open(&self.engine, &self.data, &self.shape).await?;
        let mut contexts = Vec::new();
        for context in &self.shape.contexts {
            let module = module(*context).ok_or(ShopError::NoContext(*context))?;
            let stop = shutdown.clone();
            let mut parts = wiring.parts(*context, &self.world, &self.data, &database, stop)?;
            parts.keys = stores::keys(&self.engine, module, &parts.telemetry)?;
            contexts.push((module, parts));
        }
        let seeded = stores::seeded_file(&self.data, &self.shape);
        stores::prepare(&database, &contexts, &self.world, &seeded).await?;
        let bus = match &self.broker {
            Some(broker) => Bus::RabbitMq(broker.clone()),
            None => Bus::Direct(Arc::clone(&wiring.network)),
        };
        let mut open = Router::new();
        let mut audit = Audit::default();
        for (module, parts) in contexts {
            let context = module.context;
            audit.add(module, &parts);
            let mounted = mount(parts.clone()).await?;
            mounted.open(&wiring.handlers);
            if self.world.shape.is_called_from_outside(context) {
                open = open.merge(rpc_routes(&mounted, &wiring.handlers));
            }
            open = open.merge(mounted.routes());
            mounted.start_tasks(&mut work);
            work.spawn(parts.store.clone().sweep(shutdown.clone()));
            for listener in wiring.subscriptions.to(context) {
                let relay = Relay::new(parts.store.clone(), listener, bus.clone());
                work.spawn(relay.run(shutdown.clone()));
            }
            if let Some(broker) = &self.broker
                && wiring.subscriptions.hears(context)
            {
                let (broker, handlers) = (broker.clone(), Arc::clone(&wiring.handlers));
                let consumer = Consumer::new(broker, handlers, context, &self.telemetry);
                work.spawn(consumer.run(shutdown.clone()));
            }
        }
        readiness.audited(audit).open(open);
        Ok(Running {
            work,
            database,
            shutdown,
        })
    }
}

impl Running {
    /// Stops accepting requests, finishes those in progress, and closes the database.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let finished = async { while self.work.join_next().await.is_some() {} };
        if timeout(PATIENCE, finished).await.is_err() {
            tracing::warn!("background work did not end at the shutdown");
            self.work.shutdown().await;
        }
        if timeout(PATIENCE, self.database.close()).await.is_err() {
            tracing::warn!("the database was still in use at the end");
        }
    }
}

/// What all contexts of a process share.
pub(crate) struct Wiring {
    pub handlers: Arc<HandlerTable>,
    pub network: Arc<Network>,
    pub subscriptions: Arc<Subscriptions>,
    telemetry: Telemetry,
}

impl Wiring {
    fn new(
        world: &World,
        process: &ShapeProcess,
        routes: &BTreeMap<String, Url>,
        telemetry: &Telemetry,
        has_broker: bool,
    ) -> Result<Self, ShopError> {
        let handlers = Arc::new(HandlerTable::with(process.contexts.iter().copied()));
        let http = client()?;
        let transport = |callee: Context| -> Result<(Context, Arc<dyn Transport>), ShopError> {
            if process.contexts.contains(&callee) {
                return Ok((callee, Arc::new(InProcess::new(Arc::clone(&handlers)))));
            }
            let host = world
                .shape
                .host(callee)
                .ok_or(ShopError::NoContext(callee))?;
            let url = routes.get(&host.name).ok_or_else(|| ShopError::NoRoute {
                process: host.name.clone(),
            })?;
            Ok((
                callee,
                Arc::new(Http::new(http.clone(), &host.name, url.clone())),
            ))
        };
        let reached = |context: &Context| match has_broker {
            true => calls(*context).to_vec(),
            false => reaches(*context),
        };
        let transports = process
            .contexts
            .iter()
            .flat_map(reached)
            .map(transport)
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let network = Arc::new(Network::new(transports, &world.resilience()?));
        let telemetry = telemetry.clone();
        Ok(Self {
            handlers,
            network,
            subscriptions: Arc::new(subscriptions()),
            telemetry,
        })
    }

    /// The wiring of a shop in one process, for seeding it.
    pub(crate) fn for_seeding(world: &World) -> Result<Self, ShopError> {
        let contexts = Context::ALL.to_vec();
        let all = ShapeProcess {
            name: "seed".to_owned(),
            contexts,
            database: String::new(),
        };
        Self::new(world, &all, &BTreeMap::new(), &Telemetry::untraced(), false)
    }

    /// The parts that a context is mounted with.
    pub(crate) fn parts(
        &self,
        context: Context,
        world: &World,
        data: &Path,
        database: &Database,
        shutdown: CancellationToken,
    ) -> Result<Parts, ShopError> {
        let module = module(context).ok_or(ShopError::NoContext(context))?;
        let data_dir = data.join(context.name());
        std::fs::create_dir_all(&data_dir).map_err(ShopError::at(&data_dir))?;
        let telemetry = self.telemetry.of(context);
        let subscriptions = Arc::clone(&self.subscriptions);
        let network = Arc::clone(&self.network);
        Ok(Parts {
            keys: None,
            store: Store::new(context, database.clone(), subscriptions, telemetry.clone()),
            caller: Caller::new(context, module.calls, network, &telemetry),
            settings: world.settings.clone(),
            scale: world.scale,
            clock: Clock::system(),
            data_dir,
            telemetry,
            shutdown,
        })
    }
}

/// Mounts a context on its parts.
pub(crate) async fn mount(parts: Parts) -> Result<Mounted, ShopError> {
    let context = parts.store.context();
    let module = module(context).ok_or(ShopError::NoContext(context))?;
    module
        .mount(parts)
        .await
        .map_err(|source| ShopError::Mount { context, source })
}
