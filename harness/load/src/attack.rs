//! The Goose attack: users and connections of the load engine, and the real sender of requests.
//!
//! The only file that knows Goose. Time, samples and the end of the load belong to the engine.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use goose::config::GooseConfiguration;
use goose::goose::{GooseRequest, GooseUser, Scenario, Transaction, TransactionError};
use goose::{GooseAttack, GooseError};
use harness_model::{ErrorClass, LoadPlan};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder};
use tokio::time::Instant;
use tower::util::MapRequestLayer;

use crate::classify;
use crate::engine::Engine;
use crate::sender::{Exchange, Request, Sender};

tokio::task_local! {
    /// Whether the request that the task sends has asked for a new connection. A request that has
    /// not went out on one that was used before.
    static CONNECTING: Cell<bool>;
}

/// The client that all users share.
pub fn client(plan: &LoadPlan) -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .timeout(Duration::from_nanos(plan.timeout_ns))
        .pool_max_idle_per_host(plan.pool)
        .pool_idle_timeout(Duration::from_nanos(plan.idle_ns))
        .connector_layer(MapRequestLayer::new(|destination| {
            // Outside the scope only while a connection that nobody needs any more is finished.
            let _ = CONNECTING.try_with(|connecting| connecting.set(true));
            destination
        }))
        .build()
}

/// What comes of one request of [`client`], and whether it went out on a connection that was used
/// before.
pub async fn noting_reuse<T>(request: impl Future<Output = T>) -> (T, bool) {
    let noted = async {
        let outcome = request.await;
        (outcome, !CONNECTING.with(Cell::get))
    };
    CONNECTING.scope(Cell::new(false), noted).await
}

/// Runs Goose with every user of the engine. It never ends by itself; the worker ends the process.
pub async fn attack(engine: Arc<Engine>, client: Client) -> Result<(), GooseError> {
    let mut config = GooseConfiguration::default();
    config.host = Some(engine.order.base_url.clone());
    config.users = Some(engine.pool());
    config.increase_rate = Some("100000".to_owned());
    config.quiet = 2;
    config.no_telnet = true;
    // The samples are ours; Goose's own count would make each request a tenth dearer.
    config.no_metrics = true;
    config.no_print_metrics = true;
    let live = Transaction::new(Arc::new(move |user: &mut GooseUser| {
        let (engine, client) = (Arc::clone(&engine), client.clone());
        Box::pin(async move {
            user.client = client;
            engine.run_user(user).await;
            std::future::pending().await
        })
    }));
    let visitors = Scenario::new("visitors").register_transaction(live);
    let attack = GooseAttack::initialize_with_config(config)?.register_scenario(visitors);
    harness_goose::execute(attack).await
}

impl Sender for GooseUser {
    async fn send(&mut self, request: Request<'_>) -> Exchange {
        let operation = request.operation;
        let Some(builder) = builder(self, request) else {
            return Exchange::failed(Instant::now(), ErrorClass::Unbuilt);
        };
        let sent = Instant::now();
        let request = GooseRequest::builder()
            .name(operation)
            .set_request_builder(builder)
            .build();
        let (outcome, reused) = noting_reuse(self.request(request)).await;
        let response = match outcome.map(|outcome| outcome.response) {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Exchange::failed(sent, classify::unanswered(&error, reused));
            }
            Err(error) => return Exchange::failed(sent, class_of_a_refusal(&error)),
        };
        let first_byte = Instant::now();
        let status = response.status().as_u16();
        let (error, body) = match response.bytes().await {
            Ok(body) => (ErrorClass::None, body),
            Err(error) => (classify::class(&error), bytes::Bytes::new()),
        };
        Exchange {
            sent,
            first_byte,
            status,
            error,
            body,
        }
    }
}

/// Why Goose did not send a request: it builds it first, and a value may make no header.
fn class_of_a_refusal(error: &TransactionError) -> ErrorClass {
    match error {
        TransactionError::Reqwest(error) if error.is_builder() => ErrorClass::Unbuilt,
        _ => ErrorClass::Other,
    }
}

/// `None` when the path makes no URL.
fn builder(user: &GooseUser, request: Request<'_>) -> Option<RequestBuilder> {
    let url = user.build_url(&request.path).ok()?;
    let mut builder = user.client.request(request.method, url);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    if let Some(body) = request.body {
        let json = HeaderValue::from_static("application/json");
        builder = builder.header(CONTENT_TYPE, json).body(body);
    }
    Some(builder)
}
