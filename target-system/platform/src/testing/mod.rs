//! A bench to test one context on: a real store for the time of the test, and fakes for the others.
//!
//! ```ignore
//! let bench = Bench::new(stage)
//!     .fake(|ask: catalog::GetProducts| Ok(vec![...]))
//!     .mount::<Cart>()
//!     .await;
//! let cart = bench.call(cart::Create { customer_id: None }).await?;
//! ```

mod scratch;
mod server;

pub use scratch::{Backing, Scratch};
pub use server::server;

use crate::caller::Network;
use crate::http::{Server, rpc_routes};
use crate::outbox::{DELIVER, Delivery, Subscriptions};
use crate::store::Engine;
use crate::transport::{self, Http, InProcess, Message, Registry, Serialised, Transport};
use crate::{
    BoundedContext, Call, CallError, Caller, Clock, Failure, Handle, Keys, Module, Mounted, Parts,
    Scale, Settings, Telemetry, store,
};
use axum::Router;
use reqwest::Url;
use shop_contracts::{Context, Effect, Fact, Rpc};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Settings that a test of behaviour starts from.
const PATIENT: &str = r#"{"resilience":{"timeout":"5s"}}"#;

/// How requests travel on the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// As values.
    InProcess,
    /// As JSON, and twice where a retry would be allowed.
    Serialised,
    /// Over HTTP on the loopback, as between processes.
    Http,
}

/// What a test is run on: how requests travel, and which engine keeps the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    pub wiring: Wiring,
    pub backing: Backing,
}

impl Stage {
    /// Every wiring on every engine; run each test of a context on all of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Wiring::ALL.into_iter().flat_map(Self::each).collect()
    }

    /// One wiring on every engine.
    #[must_use]
    pub fn each(wiring: Wiring) -> Vec<Self> {
        let stage = |backing| Self { wiring, backing };
        Backing::all().into_iter().map(stage).collect()
    }
}

/// For a context that keeps nothing, the engine does not matter.
impl From<Wiring> for Stage {
    fn from(wiring: Wiring) -> Self {
        let backing = Backing::Sqlite;
        Self { wiring, backing }
    }
}

impl Wiring {
    /// Every wiring.
    pub const ALL: [Self; 3] = [Self::InProcess, Self::Serialised, Self::Http];

    fn transport(self, registry: &Arc<Registry>, server: &Url) -> Arc<dyn Transport> {
        match self {
            Self::InProcess => Arc::new(InProcess::new(Arc::clone(registry))),
            Self::Serialised => Arc::new(Serialised::new(Arc::clone(registry))),
            Self::Http => {
                let client = transport::client().expect("the client can be built");
                Arc::new(Http::new(client, "bench", server.clone()))
            }
        }
    }
}

/// A bench under construction.
pub struct Bench {
    stage: Stage,
    scale: Scale,
    settings: String,
    fakes: HashMap<Context, Mounted>,
    telemetry: Telemetry,
    redis: Option<String>,
}

/// A fake answer: a function instead of a context.
struct Fake<F>(F);

impl<R: Rpc, F> Handle<R> for Fake<F>
where
    F: Fn(R) -> Result<R::Reply, R::Error> + Send + Sync + 'static,
{
    async fn handle(&self, _: &Call, request: R) -> Result<R::Reply, Failure<R::Error>> {
        (self.0)(request).map_err(Failure::Domain)
    }
}

impl Bench {
    /// A bench with a small world and no fakes.
    #[must_use]
    pub fn new(stage: impl Into<Stage>) -> Self {
        let scale = Scale {
            seed: 7,
            products: 50,
            customers: 20,
        };
        Self {
            stage: stage.into(),
            scale,
            settings: "{}".to_owned(),
            fakes: HashMap::new(),
            telemetry: Telemetry::untraced(),
            redis: None,
        }
    }

    /// Overrides settings, as JSON.
    #[must_use]
    pub fn settings(mut self, json: &str) -> Self {
        json.clone_into(&mut self.settings);
        self
    }

    /// Traces to somewhere instead of nowhere.
    #[must_use]
    pub fn telemetry(mut self, telemetry: Telemetry) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// Lets the context keep everything under keys of this test's own on this Redis server.
    #[must_use]
    pub fn on_redis(mut self, url: &str) -> Self {
        self.redis = Some(url.to_owned());
        self
    }

    /// Answers a call of another context with a function.
    #[must_use]
    pub fn fake<R: Rpc>(
        mut self,
        answer: impl Fn(R) -> Result<R::Reply, R::Error> + Send + Sync + 'static,
    ) -> Self {
        let fake = Mounted::of(R::CONTEXT, Fake(answer)).answers::<R>().done();
        match self.fakes.get_mut(&R::CONTEXT) {
            Some(there) => there.endpoints.extend(fake.endpoints),
            None => drop(self.fakes.insert(R::CONTEXT, fake)),
        }
        self
    }

    /// Seeds and mounts the context under test.
    ///
    /// # Panics
    /// When the context cannot be mounted: on a bench that is a failed test.
    pub async fn mount<C: BoundedContext>(self) -> Mount {
        let module = Module::of::<C>();
        let scratch = Scratch::schema(self.stage.backing);
        let telemetry = self.telemetry.clone();
        let settings = Settings::defaults([(C::CONTEXT.name(), C::SETTINGS)])
            // A machine that is busy with other tests must not look like a callee that is stuck.
            .and_then(|defaults| defaults.overridden(PATIENT))
            .and_then(|patient| patient.overridden(&self.settings))
            .expect("the settings of the test are valid");
        let resilience = settings
            .section("resilience")
            .expect("the platform's own settings");
        let here = self.fakes.keys().copied().chain([C::CONTEXT]);
        let registry = Arc::new(Registry::with(here));
        let shutdown = CancellationToken::new();
        let server = Server::listen(([127, 0, 0, 1], 0).into(), telemetry.clone())
            .await
            .expect("there is a free port");
        let address = server.address().expect("a listening socket has an address");
        let url = format!("http://{address}")
            .parse()
            .expect("an address makes a URL");
        let routes = registry
            .contexts()
            .map(|c| (c, self.stage.wiring.transport(&registry, &url)));
        let network = Arc::new(Network::new(routes, &resilience));
        let doors = server.doors(Duration::from_secs(10));
        tokio::spawn(server.run(shutdown.clone()));
        let database = scratch
            .open()
            .await
            .expect("a fresh database can be opened");
        let subscriptions = Arc::new(Subscriptions::everybody());
        let parts = Parts {
            keys: self.redis.map(|url| own_keys(&url, C::CONTEXT, &telemetry)),
            store: store::Store::new(C::CONTEXT, database, subscriptions, telemetry.clone()),
            caller: Caller::new(C::CONTEXT, C::CALLS, Arc::clone(&network), &telemetry),
            settings,
            scale: self.scale,
            clock: Clock::system(),
            data_dir: scratch.folder().to_owned(),
            telemetry,
            shutdown: shutdown.clone(),
        };
        module.migrate(&parts).await.expect("the migrations run");
        module
            .seed(&parts)
            .await
            .expect("the context seeds its store");
        self.fakes.values().for_each(|fake| registry.open(fake));
        let mounted = module
            .mount(parts.clone())
            .await
            .expect("the context mounts");
        registry.open(&mounted);
        let every = self.fakes.values().chain([&mounted]);
        doors.open(every.fold(Router::new(), |all, one| {
            all.merge(rpc_routes(one, &registry))
        }));
        for (_, task) in mounted.tasks {
            tokio::spawn(task);
        }
        let routes = mounted.routes;
        Mount {
            parts,
            network,
            routes,
            _stop: shutdown.drop_guard(),
            scratch,
        }
    }
}

/// Keys that no other test has.
fn own_keys(url: &str, context: Context, telemetry: &Telemetry) -> Keys {
    let prefix = format!("test-{}", Uuid::now_v7());
    let keys = Keys::at(url, &prefix, context, telemetry.clone());
    keys.expect("the URL is one of Redis")
}

/// A context on the bench.
pub struct Mount {
    parts: Parts,
    network: Arc<Network>,
    routes: Router,
    _stop: tokio_util::sync::DropGuard,
    scratch: Scratch,
}

impl Mount {
    /// Asks the context under test, as anybody may.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn call<R: Rpc>(&self, request: R) -> Result<R::Reply, CallError<R::Error>> {
        self.call_as(&Call::within(Duration::from_secs(10)), request)
            .await
    }

    /// Asks the context under test with an envelope of one's own.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn call_as<R: Rpc>(
        &self,
        call: &Call,
        request: R,
    ) -> Result<R::Reply, CallError<R::Error>> {
        Caller::new(
            Context::Gateway,
            &Context::ALL,
            Arc::clone(&self.network),
            &self.parts.telemetry,
        )
        .call(call, request)
        .await
    }

    /// Tells the context under test a fact, twice, as an unlucky relay would.
    ///
    /// # Panics
    /// When the context does not take it in.
    pub async fn tell<F: Fact>(&self, fact: &F) {
        let delivery = Self::delivery(fact);
        for _ in 0..2 {
            self.deliver(&delivery).await;
        }
    }

    /// A happening of this fact, to be delivered as often as the test likes.
    ///
    /// # Panics
    /// When the fact cannot be written as JSON.
    pub fn delivery<F: Fact>(fact: &F) -> Delivery {
        Delivery {
            id: Uuid::now_v7().to_string(),
            fact: F::NAME.to_owned(),
            body: serde_json::to_string(fact).expect("a fact can be written as JSON"),
        }
    }

    /// Delivers a fact to the context under test.
    ///
    /// # Panics
    /// When the context does not take it in.
    pub async fn deliver(&self, delivery: &Delivery) {
        let call = Call::within(Duration::from_secs(10));
        let message = Message {
            callee: self.parts.store.context(),
            method: DELIVER,
            effect: Effect::Idempotent,
            body: delivery,
        };
        let telemetry = &self.parts.telemetry;
        let delivered = self.network.exchange(telemetry, &call, &message);
        delivered.await.expect("the fact is heard");
    }

    /// The facts of this type that the context has published and nobody has taken away: on the
    /// bench everybody listens and nobody delivers.
    ///
    /// # Panics
    /// When the outbox cannot be read.
    pub async fn published<F: Fact>(&self) -> Vec<F> {
        let select = format!(
            "SELECT body FROM {}_outbox WHERE fact = $1 ORDER BY id",
            self.parts.store.context()
        );
        let call = Call::within(Duration::from_secs(10));
        let bodies: Vec<String> = self
            .parts
            .store
            .all(&call, crate::sql(select).bind(F::NAME), |row| {
                row.get("body")
            })
            .await
            .expect("the outbox can be read");
        let decode = |body: &String| serde_json::from_str(body).expect("a fact that was published");
        bodies.iter().map(decode).collect()
    }

    /// Whatever is in the store, as one long text, to look for what must not be there.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn everything_kept(&self) -> String {
        if self.scratch.engine() == &Engine::Sqlite {
            let read = |file: &str| {
                let path = self
                    .scratch
                    .folder()
                    .join(self.scratch.name().to_owned() + file);
                std::fs::read(path).expect("the file is there")
            };
            let bytes = [read(".db"), read(".db-wal")].concat();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let select = "SELECT CAST(schema_to_xml(current_schema(), true, true, '') AS TEXT) AS kept";
        let call = Call::within(Duration::from_secs(10));
        let read = |row: &crate::Row| row.get("kept");
        let kept = self.parts.store.first(&call, crate::sql(select), read);
        let kept: Option<String> = kept.await.expect("the schema can be read");
        kept.expect("a schema is a document")
    }

    /// The HTTP routes of the context under test, as they are in a process; use
    /// `tower::ServiceExt::oneshot`.
    pub fn router(&self) -> Router {
        let telemetry = self.parts.telemetry.clone();
        self.routes
            .clone()
            .layer(axum::middleware::from_fn(move |request, next| {
                crate::http::entry(telemetry.clone(), Duration::from_secs(10), request, next)
            }))
    }

    /// The parts that the context under test was given.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}
