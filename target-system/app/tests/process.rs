//! A process from the outside: alive at once, ready when started, strict about its routes.

use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use shop_app::{Process, ShopError, World, seed};
use shop_calls::Problem;
use shop_telemetry::Telemetry;
use shop_testing::{Backing, Scratch};
use std::collections::BTreeMap;
use std::path::Path;

const SETTINGS: &str = r#"{"data": {"products": 40, "customers": 20},
    "provider": {"median": "1ms"}}"#;

struct SeededShop {
    world: World,
    folder: tempfile::TempDir,
}

impl SeededShop {
    async fn seeded() -> Result<Self, ShopError> {
        let world = World::new("microservices", 1, SETTINGS)?;
        let folder = tempfile::tempdir().map_err(ShopError::Output)?;
        seed(
            &world,
            &folder.path().join("cache"),
            &folder.path().join("data"),
        )
        .await?;
        Ok(Self { world, folder })
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    async fn listen(&self, process: &str) -> Result<Process, ShopError> {
        listen(&self.world, process, &self.data()).await
    }
}

async fn listen(world: &World, process: &str, data: &Path) -> Result<Process, ShopError> {
    let anywhere = ([127, 0, 0, 1], 0).into();
    Process::listen(world, process, data, anywhere, Telemetry::untraced()).await
}

fn url(process: &Process, path: &str) -> Url {
    let address = process.address().expect("it listens");
    format!("http://{address}{path}")
        .parse()
        .expect("an address makes a URL")
}

#[tokio::test]
async fn a_started_process_is_alive_ready_and_answers_for_its_context() {
    let shop = SeededShop::seeded().await.unwrap();
    let provider = shop.listen("provider").await.unwrap();
    let [health, ready, metrics, hold, nothing] = [
        "/healthz",
        "/readyz",
        "/metrics",
        "/rpc/provider/Hold",
        "/nothing",
    ]
    .map(|path| url(&provider, path));
    let running = provider.start(&BTreeMap::new()).await.unwrap();
    let client = Client::new();
    for path in [health, ready] {
        assert_eq!(
            client.get(path).send().await.unwrap().status(),
            StatusCode::OK
        );
    }
    let request = json!({"key": "k", "amount": 500, "card": "4242424242424242"});
    let held = client
        .post(hold.clone())
        .json(&request)
        .send()
        .await
        .unwrap();
    assert_eq!(
        held.json::<Value>().await.unwrap(),
        json!({"hold_id": "h-k"})
    );
    let declined = json!({"key": "l", "amount": 500, "card": "4000000000000002"});
    let declined = client.post(hold).json(&declined).send().await.unwrap();
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(declined.json::<Problem>().await.unwrap().domain.is_some());
    assert_eq!(
        client.get(nothing).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    let text = client
        .get(metrics)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(text.contains("route=\"/rpc/provider/Hold\",status=\"200\""));
    running.stop().await;
}

#[tokio::test]
async fn a_process_does_not_start_without_a_route_to_every_process_that_it_calls() {
    let shop = SeededShop::seeded().await.unwrap();
    let payment = shop.listen("payment").await.unwrap();
    let refused = payment.start(&BTreeMap::new()).await;
    assert!(matches!(refused, Err(ShopError::NoRoute { process }) if process == "provider"));
}

#[tokio::test]
async fn the_data_of_a_process_survives_its_restart() {
    for backing in Backing::all() {
        let (shop, scratch) = (
            SeededShop::seeded().await.unwrap(),
            Scratch::server(backing),
        );
        let request = json!({"key": "k", "amount": 500, "card": "4242424242424242"});
        let client = Client::new();
        for (amount, expected) in [
            (500, StatusCode::OK),
            (501, StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let provider = shop.listen("provider").await.unwrap();
            let provider = provider.stored_on(scratch.engine().clone());
            let hold = url(&provider, "/rpc/provider/Hold");
            let running = provider.start(&BTreeMap::new()).await.unwrap();
            let mut request = request.clone();
            request["amount"] = json!(amount);
            let answer = client.post(hold).json(&request).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{backing:?}");
            running.stop().await;
        }
    }
}

#[tokio::test]
async fn only_a_process_whose_contexts_all_support_keys_is_kept_on_redis() {
    let shop = SeededShop::seeded().await.unwrap();
    let payment = shop.listen("payment").await.unwrap();
    let provider = "http://127.0.0.1:9".parse().unwrap();
    let routes = BTreeMap::from([("provider".to_owned(), provider)]);
    let redis = "redis://127.0.0.1:9/0".parse().unwrap();
    let refused = payment.stored_on(redis).start(&routes).await;
    assert!(matches!(refused, Err(ShopError::NeedsRows(context)) if context.name() == "payment"));
}

#[tokio::test]
async fn a_process_answers_audits_and_the_gateway_does_not_expose_them() {
    let shop = SeededShop::seeded().await.unwrap();
    let client = Client::new();
    let get = async |url: Url| client.get(url).send().await.unwrap();
    let notification = shop.listen("notification").await.unwrap();
    let audit = url(&notification, "/audit");
    let running = notification.start(&BTreeMap::new()).await.unwrap();
    let counts: Value = get(audit).await.json().await.unwrap();
    let nothing_yet = json!({"notification.order-placed": 0, "notification.doubled": 0,
        "notification.outbox": 0});
    assert_eq!(counts, nothing_yet);
    running.stop().await;

    let gateway = shop.listen("gateway").await.unwrap();
    let somewhere: Url = "http://127.0.0.1:9".parse().unwrap();
    let others = shop.world.shape.processes.iter();
    let routes = others
        .map(|other| (other.name.clone(), somewhere.clone()))
        .collect();
    let audit = url(&gateway, "/audit");
    let running = gateway.start(&routes).await.unwrap();
    assert_eq!(get(audit).await.json::<Value>().await.unwrap(), json!({}));
    running.stop().await;
}
