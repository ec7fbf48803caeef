//! What our worker costs per request, against a bare Goose attack on the same null server.
//!
//! The null server and both attacks are processes of their own. CPU time is that of the attack
//! process alone, as the kernel counts it, and a run of few requests shows how much of it is the
//! start (a TLS client for each user). The attacks take turns, and medians are compared.
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goose::GooseAttack;
use goose::config::GooseConfiguration;
use goose::goose::{Scenario, Transaction};
use harness_load::{Worker, WorkerNews, WorkerOrder, worker_main};
use harness_model::load::{LoadModel, Mix};
use harness_model::plan::{Phase, PhaseKind};
use harness_model::workload::{Operation, Workload};
use harness_model::{LoadPlan, Offset, Seed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const REQUESTS: usize = 32_000;
/// Requests of the run that shows what the start costs.
const FEW: usize = 320;
const USERS: usize = 16;
const ROUNDS: usize = 3;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["null"] => tokio::runtime::Runtime::new()?.block_on(null_server()),
        ["goose", url, metrics, requests] => {
            let attack = bare_goose(url, metrics == "metrics", requests.parse()?);
            tokio::runtime::Runtime::new()?.block_on(attack)
        }
        ["worker"] => Ok(worker_main()?),
        _ => compare(),
    }
}

fn compare() -> Outcome<()> {
    let exe = std::env::current_exe()?;
    let (server, url) = start_server(&exe)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut bare, mut counting, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(cost(|n| run_goose(&exe, &url, "silent", n))?);
        ours.push(cost(|n| runtime.block_on(run_worker(&exe, &url, n)))?);
        counting.push(cost(|n| run_goose(&exe, &url, "metrics", n))?);
    }
    end(server);
    let (bare, counting, ours) = (median(bare), median(counting), median(ours));
    println!("bare Goose, its metrics off: CPU per request\t\t{bare:.1} us");
    println!("bare Goose, its metrics on: CPU per request\t\t{counting:.1} us");
    println!("our worker: CPU per request\t\t{ours:.1} us");
    let ratio = ours / bare;
    println!("our worker / bare Goose without metrics\t<= 1.25\t{ratio:.2}");
    let ratio = ours / counting;
    println!("our worker / bare Goose with metrics\t<= 1.25\t{ratio:.2}");
    Ok(())
}

/// Microseconds of CPU per request of the child that `run` starts and waits for.
fn cost(run: impl Fn(usize) -> Outcome<()>) -> Outcome<f64> {
    let begun = children_cpu_s()?;
    run(FEW)?;
    let started = children_cpu_s()?;
    run(REQUESTS)?;
    let both = (started - begun, children_cpu_s()? - started);
    Ok((both.1 - both.0) * 1e6 / (REQUESTS - FEW) as f64)
}

fn run_goose(exe: &Path, url: &str, metrics: &str, requests: usize) -> Outcome<()> {
    let status = Command::new(exe)
        .args(["goose", url, metrics, &requests.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("the bare attack ended with {status}").into())
}

async fn bare_goose(url: &str, metrics: bool, requests: usize) -> Outcome<()> {
    let mut config = GooseConfiguration::default();
    config.host = Some(url.to_owned());
    config.users = Some(USERS);
    config.iterations = Some(requests / USERS);
    config.increase_rate = Some("100000".to_owned());
    config.quiet = 2;
    config.no_telnet = true;
    config.no_print_metrics = true;
    config.no_metrics = !metrics;
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    let get = Transaction::new(Arc::new(move |user| {
        let count = Arc::clone(&count);
        Box::pin(async move {
            let answer = user.get("/").await?;
            if let Ok(response) = answer.response
                && response.bytes().await.is_ok_and(|body| body == "ok")
            {
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    }));
    GooseAttack::initialize_with_config(config)?
        .register_scenario(Scenario::new("null").register_transaction(get))
        .execute()
        .await?;
    match answered.load(Ordering::Relaxed) {
        all if all == requests => Ok(()),
        some => Err(format!("{some} answers to {requests} requests").into()),
    }
}

async fn run_worker(exe: &Path, url: &str, requests: usize) -> Outcome<()> {
    let log = std::env::temp_dir().join(format!("bench-worker-{}.log", std::process::id()));
    let mut worker = Worker::spawn(exe, &order(url, requests), &log).await?;
    let soon = SystemTime::now().duration_since(UNIX_EPOCH)? + Duration::from_millis(20);
    worker.start(i64::try_from(soon.as_nanos())?).await?;
    let mut samples = 0;
    while let Some(output) = worker.next().await {
        if let WorkerNews::Samples(batch) = output {
            samples += batch.samples.len();
        }
    }
    let tally = worker.finish().await?;
    drop(worker);
    drop(std::fs::remove_file(&log));
    if tally.ok != requests as u64 || samples != requests {
        return Err(format!("{samples} samples of {requests} requests, {} ok", tally.ok).into());
    }
    Ok(())
}

fn order(url: &str, requests: usize) -> WorkerOrder {
    let second = 1_000_000_000;
    let get = Operation {
        name: "null".to_owned(),
        group: "null".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
        headers: BTreeMap::new(),
        body: None,
        expect: Vec::new(),
        capture: BTreeMap::new(),
        idempotency_key: false,
    };
    let plan = LoadPlan {
        model: LoadModel::Closed { users: USERS },
        mix: Mix::Calls {
            counts: vec![("null".to_owned(), requests as u64)],
        },
        workload: Workload {
            operations: vec![get],
            ..Workload::default()
        },
        duration_ns: 60 * second,
        requests: Some(requests as u64),
        pool: USERS,
        think_median_ns: 0,
        think_sigma: 0.0,
        timeout_ns: 5 * second,
        patience_ns: 5 * second,
        idle_ns: 90 * second,
        lateness_limit_ns: second,
    };
    WorkerOrder {
        plan,
        seed: Seed(1),
        run: "bench".to_owned(),
        base_url: url.to_owned(),
        phases: vec![Phase {
            name: "steady".to_owned(),
            kind: PhaseKind::Steady,
            from: Offset::ZERO,
            to: Offset(60_000_000_000),
        }],
    }
}

fn start_server(exe: &Path) -> Outcome<(Child, String)> {
    let mut server = Command::new(exe)
        .arg("null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    let out = server.stdout.take().ok_or("the server has no output")?;
    BufReader::new(out).read_line(&mut url)?;
    Ok((server, url.trim().to_owned()))
}

fn end(mut server: Child) {
    drop(server.kill());
    drop(server.wait());
}

/// Answers every request with the same bytes; ends when its parent is gone.
async fn null_server() -> Outcome<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    std::thread::spawn(|| {
        drop(std::io::stdin().read_line(&mut String::new()));
        std::process::exit(0);
    });
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut request = [0; 4096];
            let mut held = 0;
            while let Ok(read @ 1..) = stream.read(&mut request[held..]).await {
                held += read;
                if request[..held].ends_with(b"\r\n\r\n") {
                    stream.write_all(ANSWER).await?;
                    held = 0;
                }
            }
            std::io::Result::Ok(())
        });
    }
}

/// User and system time of all children that have ended and were waited for.
fn children_cpu_s() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = &stat[stat.rfind(')').ok_or("no name")? + 1..];
    let ticks = after_name.split_whitespace().skip(13).take(2);
    let parsed: Result<Vec<f64>, _> = ticks.map(str::parse).collect();
    Ok(parsed?.iter().sum::<f64>() / 100.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
