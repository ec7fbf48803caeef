//! The way of a fact: told until heard, in order, with one effect.

mod toy;

use shop_contracts::Context;
use shop_platform::caller::{Caller, Network};
use shop_platform::outbox::{Relay, Subscriptions};
use shop_platform::store::Database;
use shop_platform::transport::{InProcess, Registry, Transport};
use shop_platform::{
    BoundedContext, Call, Clock, Module, Parts, Resilience, Scale, Settings, Store, Telemetry, fact,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toy::{Add, Added, Ear, Toy, heard};

struct Pair {
    network: Arc<Network>,
    publisher: Store,
    listener: Store,
}

async fn mount<C: BoundedContext>(
    registry: &Registry,
    network: &Arc<Network>,
    database: &Database,
    folder: &Path,
) -> Store {
    let telemetry = Telemetry::untraced();
    let mut subscriptions = Subscriptions::default();
    subscriptions.add(fact::<Added>(), Context::Notification);
    let subscriptions = Arc::new(subscriptions);
    let store = Store::new(
        C::CONTEXT,
        database.clone(),
        subscriptions,
        telemetry.clone(),
    );
    let parts = Parts {
        store: store.clone(),
        caller: Caller::new(C::CONTEXT, C::CALLS, Arc::clone(network), &telemetry),
        settings: Settings::defaults([]).expect("the defaults are valid"),
        scale: Scale {
            seed: 1,
            products: 0,
            customers: 0,
        },
        clock: Clock::system(),
        data_dir: folder.to_owned(),
        telemetry,
        shutdown: CancellationToken::new(),
    };
    registry.open(&Module::of::<C>().mount(parts).await.expect("it mounts"));
    store
}

/// Two contexts in one database, as in a monolith.
async fn pair(folder: &Path) -> Pair {
    let registry = Arc::new(Registry::with([Context::Cart, Context::Notification]));
    let route = |context| {
        let transport: Arc<dyn Transport> = Arc::new(InProcess::new(Arc::clone(&registry)));
        (context, transport)
    };
    let settings = Settings::defaults([]).expect("the defaults are valid");
    let resilience: Resilience = settings.section("resilience").expect("it is there");
    let routes = [route(Context::Cart), route(Context::Notification)];
    let network = Arc::new(Network::new(routes, &resilience));
    let database = Database::sqlite(&folder.join("toy.db"))
        .await
        .expect("it opens");
    let publisher = mount::<Toy>(&registry, &network, &database, folder).await;
    let listener = mount::<Ear>(&registry, &network, &database, folder).await;
    Pair {
        network,
        publisher,
        listener,
    }
}

#[tokio::test]
async fn facts_of_an_aggregate_are_heard_once_each_and_in_order_although_the_listener_fails() {
    let folder = tempfile::tempdir().unwrap();
    let pair = pair(folder.path()).await;
    let call = Call::within(Duration::from_secs(30));
    let telemetry = Telemetry::untraced();
    let network = Arc::clone(&pair.network);
    let caller = Caller::new(Context::Gateway, &[Context::Cart], network, &telemetry);
    let stop = CancellationToken::new();
    let relay = Relay::new(pair.publisher.clone(), Context::Notification, pair.network);
    let relaying = tokio::spawn(relay.run(stop.clone()));
    for amount in 1..=10 {
        caller.call(&call, Add { amount }).await.unwrap();
    }
    let all_heard = async {
        while heard(&pair.listener, &call).await.unwrap().len() < 10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_heard)
        .await
        .unwrap();
    stop.cancel();
    relaying.await.unwrap();
    assert_eq!(
        heard(&pair.listener, &call).await.unwrap(),
        (1..=10).collect::<Vec<u32>>()
    );
}

#[tokio::test]
async fn a_fact_that_was_published_before_the_relay_started_is_heard_too() {
    let folder = tempfile::tempdir().unwrap();
    let pair = pair(folder.path()).await;
    let call = Call::within(Duration::from_secs(30));
    let telemetry = Telemetry::untraced();
    let network = Arc::clone(&pair.network);
    let caller = Caller::new(Context::Gateway, &[Context::Cart], network, &telemetry);
    caller.call(&call, Add { amount: 1 }).await.unwrap();
    let stop = CancellationToken::new();
    let relay = Relay::new(pair.publisher.clone(), Context::Notification, pair.network);
    let relaying = tokio::spawn(relay.run(stop.clone()));
    let is_heard = async {
        while heard(&pair.listener, &call).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), is_heard)
        .await
        .unwrap();
    stop.cancel();
    relaying.await.unwrap();
}
