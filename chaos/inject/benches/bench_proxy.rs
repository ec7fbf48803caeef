//! What an edge proxy costs per request, against a direct connection.
//!
//! Server and proxy are separate processes, so their CPU is measured separately; the client keeps
//! one connection and sends one request at a time. Direct and proxied rounds alternate.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use chaos_inject::EdgeProxy;
use harness_model::{Edge, Seed};

const REQUESTS: usize = 20_000;
const ROUNDS: usize = 3;
const REQUEST: &[u8] = b"GET /products/p00001 HTTP/1.1\r\nhost: shop\r\naccept: */*\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["null"] => null_server(),
        ["proxy", upstream] => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(proxy(upstream)),
        _ => compare(),
    }
}

/// Latency and CPU of one round of requests.
#[derive(Clone, Copy)]
struct Round {
    p50_us: f64,
    p99_us: f64,
    /// CPU of client and server, and of the proxy, per request.
    ends_us: f64,
    proxy_us: f64,
}

fn compare() -> Outcome<()> {
    let (server, upstream) = spawn_role(&["null"])?;
    let (proxy, proxied) = spawn_role(&["proxy", &upstream])?;
    let pids = [std::process::id(), server.id(), proxy.id()];
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        direct.push(round(&upstream, pids)?);
        through.push(round(&proxied, pids)?);
    }
    for mut child in [proxy, server] {
        drop(child.kill());
        drop(child.wait());
    }
    let of = |rounds: &[Round], value: fn(&Round) -> f64| median(rounds.iter().map(value));
    let direct_us = of(&direct, |round| round.ends_us);
    let proxied_us = of(&through, |round| round.ends_us + round.proxy_us);
    let proxy_us = of(&through, |round| round.proxy_us);
    for (name, value) in [
        ("p50", (|round| round.p50_us) as fn(&Round) -> f64),
        ("p99", |round| round.p99_us),
    ] {
        let (direct, through) = (of(&direct, value), of(&through, value));
        println!(
            "proxy: added to {name} (direct {direct:.1} us)\t\t{:+.1} us",
            through - direct
        );
    }
    println!("proxy: its own CPU per request\t\t{proxy_us:.1} us");
    println!(
        "proxied / direct CPU per request, both ends included\t\t{:.2}",
        proxied_us / direct_us
    );
    Ok(())
}

fn round(address: &str, pids: [u32; 3]) -> Outcome<Round> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    for _ in 0..200 {
        exchange(&mut stream)?;
    }
    let before = cpu_us(pids)?;
    let mut latencies = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let begun = Instant::now();
        exchange(&mut stream)?;
        latencies.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let after = cpu_us(pids)?;
    latencies.sort_by(f64::total_cmp);
    let used = |i: usize| (after[i] - before[i]) / REQUESTS as f64;
    Ok(Round {
        p50_us: latencies[REQUESTS / 2],
        p99_us: latencies[REQUESTS * 99 / 100],
        ends_us: used(0) + used(1),
        proxy_us: used(2),
    })
}

fn exchange(stream: &mut TcpStream) -> Outcome<()> {
    stream.write_all(REQUEST)?;
    let mut answer = [0; ANSWER.len()];
    stream.read_exact(&mut answer)?;
    Ok(())
}

/// Starts this program in another role, which prints its address first.
fn spawn_role(role: &[&str]) -> Outcome<(Child, String)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(role)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    let out = child.stdout.take().ok_or("the child has no output")?;
    BufReader::new(out).read_line(&mut address)?;
    Ok((child, address.trim().to_owned()))
}

/// Ends the process when its parent is gone.
fn end_with_parent() {
    std::thread::spawn(|| {
        drop(std::io::stdin().read_line(&mut String::new()));
        std::process::exit(0);
    });
}

fn null_server() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    end_with_parent();
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        std::thread::spawn(move || {
            let mut request = [0; REQUEST.len()];
            while stream.read_exact(&mut request).is_ok() && stream.write_all(ANSWER).is_ok() {}
        });
    }
}

async fn proxy(upstream: &str) -> Outcome<()> {
    let probe = TcpListener::bind("127.0.0.1:0")?;
    let listen = probe.local_addr()?.to_string();
    drop(probe);
    let edge = Edge::new(Edge::CLIENT, "null");
    let _proxy = EdgeProxy::open(edge, &listen, upstream, Seed(1)).await?;
    println!("{listen}");
    end_with_parent();
    std::future::pending().await
}

/// Microseconds of CPU of each process so far.
fn cpu_us(pids: [u32; 3]) -> Outcome<[f64; 3]> {
    let mut used = [0.0; 3];
    for (used, pid) in used.iter_mut().zip(pids) {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let after_name = &stat[stat.rfind(')').ok_or("no name")? + 1..];
        let ticks = after_name.split_whitespace().skip(11).take(2);
        let parsed: Result<Vec<f64>, _> = ticks.map(str::parse).collect();
        *used = parsed?.iter().sum::<f64>() * 10_000.0;
    }
    Ok(used)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
