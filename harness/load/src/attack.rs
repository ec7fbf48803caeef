//! The Goose attack: users and connections of the load engine, and the real sender of requests.
//!
//! The only file that knows Goose. Time, samples and the end of the load belong to the engine.

use std::sync::Arc;
use std::time::Duration;

use goose::config::GooseConfiguration;
use goose::goose::{GooseRequest, GooseUser, Scenario, Transaction};
use goose::{GooseAttack, GooseError};
use harness_model::{ErrorClass, LoadPlan};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder};
use tokio::time::Instant;

use crate::classify;
use crate::engine::Engine;
use crate::sender::{Exchange, Request, Sender};

/// The client that all users share.
pub fn client(plan: &LoadPlan) -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .tcp_nodelay(true)
        .timeout(Duration::from_nanos(plan.timeout_ns))
        .pool_max_idle_per_host(plan.pool)
        .build()
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
            return Exchange::failed(Instant::now(), ErrorClass::Other);
        };
        let sent = Instant::now();
        let request = GooseRequest::builder()
            .name(operation)
            .set_request_builder(builder)
            .build();
        let Ok(outcome) = self.request(request).await else {
            return Exchange::failed(sent, ErrorClass::Other);
        };
        let response = match outcome.response {
            Ok(response) => response,
            Err(error) => return Exchange::failed(sent, classify::class(&error)),
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
