//! The shop in one shape, at work within this test: a listener on the loopback for each process of
//! the shape. It must not know the requests.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use reqwest::Url;
use shop_app::{Process, Running, World, seed};
use shop_calls::Call;
use shop_contracts::Context;
use shop_stores::Database;
use shop_stores::Subscriptions;
use shop_stores::{Store, sql};
use shop_telemetry::Telemetry;
use shop_testing::{Backing, Scratch};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A small world whose outside is quick, and patience enough for a machine that is not: what is
/// compared is what is answered, not how long it takes.
const SETTINGS: &str = r#"{"data": {"products": 50, "customers": 50},
    "provider": {"median": "1ms"},
    "gateway": {"stock_patience": "20s"},
    "resilience": {"timeout": "20s", "deadline": "30s"}}"#;
const PATIENCE: Duration = Duration::from_secs(10);

/// A shop that is open.
pub struct Shop {
    /// Where shoppers go.
    pub entry: Url,
    /// The key that it signs tokens with, to forge some.
    pub key: EncodingKey,
    processes: BTreeMap<String, Running>,
    /// It goes with the shop.
    _scratch: Scratch,
}

impl Shop {
    /// Brings every process of a shape up, with its rows on one engine.
    pub async fn open(shape: &str, backing: Backing) -> Self {
        let world = World::new(shape, 1, SETTINGS).expect("the shape and the settings exist");
        let scratch = Scratch::server(backing);
        let data = scratch.folder().join("data");
        let cache = scratch.folder().join("cache");
        seed(&world, &cache, &data).await.expect("it can be seeded");
        let key = signing_key(&world, &data).await;
        let mut listening = Vec::new();
        let mut routes = BTreeMap::new();
        for process in &world.shape.processes {
            let anywhere = ([127, 0, 0, 1], 0).into();
            let (name, untraced) = (&process.name, Telemetry::untraced());
            let process = Process::listen(&world, name, &data, anywhere, untraced).await;
            let process = process.expect("a port is free");
            let process = process.stored_on(scratch.engine().clone());
            let address = process.address().expect("it listens");
            let url = format!("http://{address}").parse();
            routes.insert(name.clone(), url.expect("an address makes a URL"));
            listening.push((name.clone(), process));
        }
        let mut processes = BTreeMap::new();
        for (name, process) in listening {
            processes.insert(name, process.start(&routes).await.expect("it starts"));
        }
        Self {
            entry: routes[&world.shape.entry].clone(),
            key,
            processes,
            _scratch: scratch,
        }
    }

    /// A shop in containers that was brought up with the settings of this one and
    /// seed 1, and that has made no answer yet.
    pub async fn in_containers(shape: &str, entry: Url) -> Self {
        let world = World::new(shape, 1, SETTINGS).expect("the shape and the settings exist");
        let scratch = Scratch::server(Backing::Sqlite);
        let (data, cache) = (
            scratch.folder().join("data"),
            scratch.folder().join("cache"),
        );
        seed(&world, &cache, &data).await.expect("it can be seeded");
        Self {
            entry,
            key: signing_key(&world, &data).await,
            processes: BTreeMap::new(),
            _scratch: scratch,
        }
    }

    /// Whether its processes are this test's.
    pub fn is_ours(&self) -> bool {
        !self.processes.is_empty()
    }

    /// Ends one process; from then on its address refuses connections.
    pub async fn lose(&mut self, process: &str) {
        let running = self.processes.remove(process);
        running.expect("the shape has such a process").stop().await;
    }

    pub async fn close(self) {
        for process in self.processes.into_values() {
            process.stop().await;
        }
    }
}

/// The key that identity was seeded with, read before anybody is at work.
async fn signing_key(world: &World, data: &Path) -> EncodingKey {
    let home = world.shape.host(Context::Identity);
    let home = home.expect("identity lives somewhere");
    let file = data.join(format!("{}.db", home.database));
    let database = Database::sqlite(&file).await.expect("it was seeded");
    let (nobody, untraced) = (Arc::new(Subscriptions::default()), Telemetry::untraced());
    let store = Store::new(Context::Identity, database.clone(), nobody, untraced);
    let select = sql("SELECT secret FROM identity_keys");
    let call = Call::unobserved(PATIENCE);
    let secret = store.first::<String>(&call, select, |row| row.get("secret"));
    let secret = secret.await.expect("it can be read").expect("there is one");
    database.close().await;
    let secret = URL_SAFE_NO_PAD.decode(secret).expect("it is base64url");
    let pair = Ed25519KeyPair::from_seed_unchecked(&secret).expect("a seed makes a key");
    EncodingKey::from_ed_der(pair.to_pkcs8().expect("a key makes a document").as_ref())
}
