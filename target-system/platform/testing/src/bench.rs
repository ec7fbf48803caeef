//! A bench to test one context on: a real store for the time of the test, and fakes for the others.

use crate::{Mount, Scratch, Setup};
use axum::Router;
use shop_calls::{Call, Caller, Failure, Handle, HandlerTable, Network};
use shop_contracts::{Context, Rpc};
use shop_host::{BoundedContext, Module, Mounted, Parts, Scale, Server, Settings, rpc_routes};
use shop_stores::{Clock, Keys, Store, Subscriptions};
use shop_telemetry::Telemetry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Settings that a test of behaviour starts from.
const PATIENT: &str = r#"{"resilience":{"timeout":"5s"}}"#;

/// A bench under construction.
pub struct Bench {
    setup: Setup,
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
    pub fn new(setup: impl Into<Setup>) -> Self {
        let scale = Scale {
            seed: 7,
            products: 50,
            customers: 20,
        };
        Self {
            setup: setup.into(),
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
        let fakes = match self.fakes.remove(&R::CONTEXT) {
            Some(others) => others.and(fake),
            None => fake,
        };
        self.fakes.insert(R::CONTEXT, fakes);
        self
    }

    /// Seeds and mounts the context under test.
    ///
    /// # Panics
    /// When the context cannot be mounted: on a bench that is a failed test.
    pub async fn mount<C: BoundedContext>(self) -> Mount {
        let module = Module::of::<C>();
        let scratch = Scratch::schema(self.setup.backing);
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
        let handlers = Arc::new(HandlerTable::with(here));
        let shutdown = CancellationToken::new();
        let server = Server::listen(([127, 0, 0, 1], 0).into(), telemetry.clone())
            .await
            .expect("there is a free port");
        let address = server.address().expect("a listening socket has an address");
        let url = format!("http://{address}")
            .parse()
            .expect("an address makes a URL");
        let routes = handlers
            .contexts()
            .map(|c| (c, self.setup.wiring.transport(&handlers, &url)));
        let network = Arc::new(Network::new(routes, &resilience));
        let readiness = server.readiness(Duration::from_secs(10));
        tokio::spawn(server.run(shutdown.clone()));
        let database = scratch
            .open()
            .await
            .expect("a fresh database can be opened");
        let subscriptions = Arc::new(Subscriptions::everything_to(Context::Gateway));
        let parts = Parts {
            keys: self.redis.map(|url| own_keys(&url, C::CONTEXT, &telemetry)),
            store: Store::new(C::CONTEXT, database, subscriptions, telemetry.clone()),
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
        self.fakes.values().for_each(|fake| fake.open(&handlers));
        let mounted = module
            .mount(parts.clone())
            .await
            .expect("the context mounts");
        mounted.open(&handlers);
        let every = self.fakes.values().chain([&mounted]);
        readiness.open(every.fold(Router::new(), |all, one| {
            all.merge(rpc_routes(one, &handlers))
        }));
        let routes = mounted.routes();
        let mut tasks = JoinSet::new();
        mounted.start_tasks(&mut tasks);
        // They end at the shutdown, like those of a process.
        tasks.detach_all();
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
