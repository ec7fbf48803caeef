//! Two contexts in one database, as in a monolith: one publishes, one listens.

use crate::toy::{Added, ListeningToy, Toy, heard};
use shop_calls::Caller;
use shop_calls::Network;
use shop_calls::{Call, Resilience};
use shop_calls::{HandlerTable, InProcess, Transport};
use shop_contracts::{Context, fact};
use shop_facts::Publish as _;
use shop_facts::Relay;
use shop_facts::{Bus, Consumer, RabbitMq};
use shop_host::{BoundedContext, Module, Parts, Scale, Settings};
use shop_stores::Subscriptions;
use shop_stores::{Clock, Store};
use shop_telemetry::Telemetry;
use shop_testing::{Backing, Scratch};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);

pub struct Pair {
    pub publisher: Store,
    listener: Store,
    network: Arc<Network>,
    handlers: Arc<HandlerTable>,
    telemetry: Telemetry,
    work: JoinSet<()>,
    stop: CancellationToken,
    _scratch: Scratch,
}

impl Pair {
    pub async fn open(telemetry: Telemetry) -> Self {
        Self::on(Backing::Sqlite, telemetry).await
    }

    pub async fn on(backing: Backing, telemetry: Telemetry) -> Self {
        let scratch = Scratch::schema(backing);
        let handlers = Arc::new(HandlerTable::with([Context::Cart, Context::Notification]));
        let route = |context| {
            let transport: Arc<dyn Transport> = Arc::new(InProcess::new(Arc::clone(&handlers)));
            (context, transport)
        };
        let settings = Settings::defaults([]).expect("the defaults are valid");
        let resilience: Resilience = settings.section("resilience").expect("it is there");
        let routes = [route(Context::Cart), route(Context::Notification)];
        let network = Arc::new(Network::new(routes, &resilience));
        let database = scratch.open().await.expect("it opens");
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(fact::<Added>(), Context::Notification);
        let subscriptions = Arc::new(subscriptions);
        let parts = |context, calls| {
            let (database, subscriptions) = (database.clone(), Arc::clone(&subscriptions));
            let telemetry = telemetry.of(context);
            Parts {
                keys: None,
                store: Store::new(context, database, subscriptions, telemetry.clone()),
                caller: Caller::new(context, calls, Arc::clone(&network), &telemetry),
                settings: settings.clone(),
                scale: Scale {
                    seed: 1,
                    products: 0,
                    customers: 0,
                },
                clock: Clock::system(),
                data_dir: scratch.folder().to_owned(),
                telemetry,
                shutdown: CancellationToken::new(),
            }
        };
        let publisher = mount::<Toy>(&handlers, parts(Context::Cart, Toy::CALLS)).await;
        let listener = mount::<ListeningToy>(&handlers, parts(Context::Notification, &[])).await;
        Self {
            publisher,
            listener,
            network,
            handlers,
            telemetry,
            work: JoinSet::new(),
            stop: CancellationToken::new(),
            _scratch: scratch,
        }
    }

    /// Starts to carry facts: directly between the contexts, or through a broker.
    pub fn carry(&mut self, broker: Option<RabbitMq>) {
        let bus = match broker {
            None => Bus::Direct(Arc::clone(&self.network)),
            Some(broker) => {
                self.consume(broker.clone());
                Bus::RabbitMq(broker)
            }
        };
        self.relay(bus);
    }

    pub fn relay(&mut self, bus: Bus) {
        let relay = Relay::new(self.publisher.clone(), Context::Notification, bus);
        self.work.spawn(relay.run(self.stop.clone()));
    }

    pub fn consume(&mut self, broker: RabbitMq) {
        let handlers = Arc::clone(&self.handlers);
        let consumer = Consumer::new(broker, handlers, Context::Notification, &self.telemetry);
        self.work.spawn(consumer.run(self.stop.clone()));
    }

    /// Publishes a fact of this aggregate.
    pub async fn publish(&self, aggregate: &str, amount: u32) {
        let call = Call::within(PATIENCE);
        self.publish_as(&call, aggregate, amount).await;
    }

    pub async fn publish_as(&self, call: &Call, aggregate: &str, amount: u32) {
        let mut transaction = self.publisher.write(call).await.expect("it can be written");
        let published = transaction.publish(aggregate, &Added { amount }).await;
        published.expect("a fact can be published");
        transaction.commit().await.expect("it is kept");
    }

    /// What has been heard, once it is so many facts.
    pub async fn heard(&self, facts: usize) -> Vec<u32> {
        let call = Call::within(PATIENCE);
        let all = async || heard(&self.listener, &call).await.expect("it can be read");
        eventually(async || all().await.len() >= facts).await;
        all().await
    }

    /// The value of a metric of one label; 0 before it has one.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.telemetry.metrics().text();
        let mut lines = text
            .lines()
            .filter(|line| line.starts_with(&format!("{name}{{")));
        let value = lines.next().and_then(|line| line.rsplit_once(' '));
        value.map_or(0, |(_, number)| number.parse().expect("a number"))
    }

    /// Stops all work and waits for it.
    pub async fn close(mut self) {
        self.stop.cancel();
        while self.work.join_next().await.is_some() {}
    }
}

/// Waits until something holds, and fails the test if it never does.
pub async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            // Polling without a pause would starve the work it waits for.
            tokio::time::sleep(POLL).await;
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, waiting).await;
    outcome.expect("it holds in time");
}

async fn mount<C: BoundedContext>(handlers: &HandlerTable, parts: Parts) -> Store {
    let store = parts.store.clone();
    let mounted = Module::of::<C>().mount(parts).await;
    mounted.expect("it mounts").open(handlers);
    store
}
