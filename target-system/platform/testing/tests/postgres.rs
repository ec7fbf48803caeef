//! What only a database server does: it goes away, comes back, and gets two processes at once that
//! start on it. Skipped without one.

mod toy;

use futures::future::join_all;
use shop_calls::Call;
use shop_contracts::{Context, ErrorCode};
use shop_host::BoundedContext as _;
use shop_stores::Subscriptions;
use shop_stores::{Database, Engine};
use shop_stores::{Store, StoreError, sql};
use shop_telemetry::Telemetry;
use shop_testing::{Backing, Bench, Mount, Scratch, Setup, Wiring};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use toy::{Add, Total, Toy};

/// A server, if there is one.
fn scratch() -> Option<Scratch> {
    let there = Backing::all().contains(&Backing::Postgres);
    there.then(|| Scratch::schema(Backing::Postgres))
}

fn url(scratch: &Scratch) -> reqwest::Url {
    let Engine::Postgres { url } = scratch.engine() else {
        panic!("it was asked for")
    };
    url.parse().expect("it is a URL")
}

fn call() -> Call {
    Call::within(Duration::from_secs(5))
}

fn store(database: &Database) -> Store {
    let (nobody, untraced) = (Arc::new(Subscriptions::default()), Telemetry::untraced());
    Store::new(Context::Cart, database.clone(), nobody, untraced)
}

async fn count(store: &Store, table: &str) -> Result<i64, StoreError> {
    let select = sql(format!("SELECT COUNT(*) AS rows FROM {table}"));
    let count = store.first(&call(), select, |row| row.get("rows")).await?;
    Ok(count.unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_upon_nothing_migrate_it_once() {
    let Some(scratch) = scratch() else { return };
    let start = || async {
        let database = scratch.open().await?;
        store(&database).migrate(Toy::MIGRATIONS).await?;
        Ok::<_, StoreError>(database)
    };
    for started in join_all((0..6).map(|_| start())).await {
        let steps = 1 + Toy::MIGRATIONS.len() as i64;
        let store = store(&started.unwrap());
        assert_eq!(count(&store, "cart_migrations").await.unwrap(), steps);
    }
}

/// A file with what is hard to write down: quotes, tabs, line ends, backslashes, nothing at all.
async fn seeded(scratch: &Scratch) -> std::path::PathBuf {
    let file = scratch.folder().join("seeded.db");
    let database = Database::sqlite(&file).await.expect("the file opens");
    let store = store(&database);
    store.migrate(Toy::MIGRATIONS).await.expect("it migrates");
    let mut transaction = store.write(&call()).await.expect("nobody else writes");
    for (id, answer) in ODD {
        let insert = sql(
            "INSERT INTO cart_answers (id, request_hash, answer, claimed_ms) \
             VALUES ($1, '', $2, -7)",
        );
        transaction
            .run(insert.bind(id).bind(answer))
            .await
            .expect("it is kept");
    }
    transaction.commit().await.expect("it is kept");
    database.close().await;
    file
}

const ODD: [(&str, Option<&str>); 4] = [
    (
        "1",
        Some("tab\tline\nreturn\rback\\slash \\N \\. it's \"quoted\""),
    ),
    ("2", None),
    ("3", Some("")),
    ("4", Some("Größe \u{1f980}")),
];

async fn answers(store: &Store) -> Vec<(String, Option<String>, i64)> {
    let select = sql("SELECT id, answer, claimed_ms FROM cart_answers ORDER BY id");
    let read =
        |row: &shop_stores::Row| Ok((row.get("id")?, row.get("answer")?, row.get("claimed_ms")?));
    store
        .all(&call(), select, read)
        .await
        .expect("they can be read")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_schema_is_filled_once_with_exactly_what_was_seeded() {
    let Some(scratch) = scratch() else { return };
    let file = seeded(&scratch).await;
    let start = || async {
        let database = scratch.open().await?;
        store(&database).migrate(Toy::MIGRATIONS).await?;
        database.fill(&file, "this world").await?;
        Ok::<_, StoreError>(database)
    };
    let expected = ODD.map(|(id, answer)| (id.to_owned(), answer.map(str::to_owned), -7));
    for started in join_all((0..3).map(|_| start())).await {
        assert_eq!(answers(&store(&started.unwrap())).await, expected);
    }
    let later = start().await.unwrap();
    let mut transaction = store(&later).write(&call()).await.unwrap();
    transaction
        .run(sql("DELETE FROM cart_answers"))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let restarted = start().await.unwrap();
    assert!(answers(&store(&restarted)).await.is_empty());
    let other = restarted.fill(&file, "another world").await;
    assert!(matches!(other, Err(StoreError::OtherWorld { there, .. }) if there == "this world"));
}

#[tokio::test]
async fn a_world_that_cannot_be_copied_whole_leaves_no_mark() {
    let Some(scratch) = scratch() else { return };
    let file = seeded(&scratch).await;
    let database = scratch.open().await.unwrap();
    // The tables are not there yet.
    let refused = database.fill(&file, "this world").await;
    assert!(matches!(refused, Err(StoreError::Fill { .. })));
    store(&database).migrate(Toy::MIGRATIONS).await.unwrap();
    database.fill(&file, "this world").await.unwrap();
    assert_eq!(answers(&store(&database)).await.len(), ODD.len());
}

async fn end_every_connection_to(database: &str, through: &Store) {
    let select = sql(
        "SELECT COUNT(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity \
         WHERE application_name = $1",
    )
    .bind(database);
    let call = call();
    let ended = through.first::<i64>(&call, select, |row| row.get("ended"));
    assert!(ended.await.expect("it may end them") > Some(0));
}

#[tokio::test]
async fn when_the_server_ends_every_connection_at_most_the_next_call_notices() {
    let (Some(scratch), Some(other)) = (scratch(), scratch()) else {
        return;
    };
    let (database, witness) = (scratch.open().await.unwrap(), other.open().await.unwrap());
    let store = store(&database);
    store.migrate(Toy::MIGRATIONS).await.unwrap();
    // Several connections, so that there is more than one to be rid of.
    let readers = (0..6).map(|_| count(&store, "cart_toy"));
    join_all(readers).await;
    end_every_connection_to(scratch.name(), &self::store(&witness)).await;
    if let Err(error) = count(&store, "cart_toy").await {
        assert_eq!(error.code(), ErrorCode::Unavailable, "{error}");
    }
    for _ in 0..6 {
        assert_eq!(count(&store, "cart_toy").await.unwrap(), 0);
    }
}

/// A relay to the server that can be cut: a copy of every byte, for as long as it exists.
struct Relay {
    address: SocketAddr,
    traffic: JoinSet<()>,
}

impl Relay {
    async fn open(at: SocketAddr, to: &reqwest::Url) -> Self {
        let listener = TcpListener::bind(at).await.expect("the port is free");
        let address = listener.local_addr().expect("it has an address");
        let to = format!(
            "{}:{}",
            to.host_str().unwrap_or("127.0.0.1"),
            to.port().unwrap_or(5432)
        );
        let mut traffic = JoinSet::new();
        traffic.spawn(async move {
            let mut pairs = JoinSet::new();
            while let Ok((mut from, _)) = listener.accept().await {
                let to = to.clone();
                pairs.spawn(async move {
                    let mut server = TcpStream::connect(to).await?;
                    tokio::io::copy_bidirectional(&mut from, &mut server).await
                });
            }
        });
        Self { address, traffic }
    }

    /// Cuts it: connections break, new ones are refused.
    async fn cut(mut self) -> SocketAddr {
        self.traffic.shutdown().await;
        self.address
    }
}

/// The URL of a server through a relay.
fn url_through(relay: &Relay, url: &reqwest::Url) -> String {
    let mut by = url.clone();
    by.set_host(Some("127.0.0.1")).expect("it has a host");
    by.set_port(Some(relay.address.port()))
        .expect("it has a port");
    by.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_gone_calls_fail_soon_and_when_it_is_back_they_succeed() {
    let Some(scratch) = scratch() else { return };
    let url = url(&scratch);
    let relay = Relay::open(([127, 0, 0, 1], 0).into(), &url).await;
    let database = Database::postgres(&url_through(&relay, &url), scratch.name())
        .await
        .unwrap();
    let store = store(&database);
    store.migrate(Toy::MIGRATIONS).await.unwrap();
    assert_eq!(count(&store, "cart_toy").await.unwrap(), 0);
    let address = relay.cut().await;
    let hasty = || Call::within(Duration::from_millis(500));
    let refused = store.write(&hasty()).await.err().expect("nobody is there");
    let code = refused.code();
    assert!(
        matches!(code, ErrorCode::Unavailable | ErrorCode::Deadline),
        "{refused}"
    );
    // Once it is known, no call waits for its deadline any more.
    let known = async {
        while store
            .write(&hasty())
            .await
            .is_err_and(|e| e.code() == ErrorCode::Deadline)
        {}
    };
    tokio::time::timeout(Duration::from_secs(5), known)
        .await
        .unwrap();
    let asked = Instant::now();
    let refused = count(&store, "cart_toy").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Unavailable, "{refused}");
    assert!(asked.elapsed() < Duration::from_secs(1));
    let _relay = Relay::open(address, &url).await;
    let back = async { while count(&store, "cart_toy").await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), back)
        .await
        .unwrap();
    for _ in 0..5 {
        store.write(&call()).await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_starts_before_its_server_waits_for_it() {
    let Some(scratch) = scratch() else { return };
    let url = url(&scratch);
    let relay = Relay::open(([127, 0, 0, 1], 0).into(), &url).await;
    let (by, address) = (url_through(&relay, &url), relay.cut().await);
    let name = scratch.name().to_owned();
    let opening = tokio::spawn(async move { Database::postgres(&by, &name).await });
    tokio::task::yield_now().await;
    let _relay = Relay::open(address, &url).await;
    let database = opening.await.unwrap().unwrap();
    store(&database).migrate(Toy::MIGRATIONS).await.unwrap();
}

#[tokio::test]
async fn a_permanent_failure_to_connect_is_reported_at_once() {
    let Some(scratch) = scratch() else { return };
    let mut url = url(&scratch);
    url.set_password(Some("wrong")).unwrap();
    let asked = Instant::now();
    let refused = Database::postgres(url.as_str(), scratch.name()).await;
    assert!(matches!(refused, Err(StoreError::Connect(_))));
    assert!(asked.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_database_that_the_server_lacks_is_made_once_however_many_ask() {
    let Some(scratch) = scratch() else { return };
    let mut own = url(&scratch);
    own.set_path(&format!("{}_own", scratch.name()));
    let (text, name) = (own.as_str(), scratch.name());
    let opened = join_all((0..4).map(|_| Database::postgres(text, name))).await;
    for database in opened {
        database.unwrap().close().await;
    }
    let options: PgConnectOptions = url(&scratch).as_str().parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let drop = AssertSqlSafe(format!("DROP DATABASE \"{name}_own\""));
    connection.execute(drop).await.unwrap();
}

/// A server that neither answers nor hangs up: the call ends in time, and nothing stays locked.
#[tokio::test]
async fn a_statement_that_waits_for_a_lock_is_given_up_at_the_deadline() {
    let Some(setup) = Setup::each(Wiring::InProcess).into_iter().nth(1) else {
        return;
    };
    let shop: Mount = Bench::new(setup).mount::<Toy>().await;
    let store = &shop.parts().store;
    let mut holder = store.write(&call()).await.unwrap();
    holder
        .run(sql("LOCK TABLE cart_toy IN ACCESS EXCLUSIVE MODE"))
        .await
        .unwrap();
    let hasty = Call::within(Duration::from_millis(50));
    let read = store.all::<i64>(&hasty, sql("SELECT amount FROM cart_toy"), |row| {
        row.get("amount")
    });
    assert!(matches!(read.await, Err(StoreError::Deadline)));
    drop(holder);
    shop.call(Add { amount: 2 }).await.unwrap();
    assert_eq!(shop.call(Total {}).await.unwrap(), 2);
}
