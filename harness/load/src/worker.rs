//! The worker process: an order in, samples out.
//!
//! A process of its own, because Goose's state and output are process-wide. It ends when its load
//! is done, when told to stop, or when its parent is gone.

use std::io::{BufRead, BufReader, BufWriter};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use harness_model::Sample;
use harness_model::load::LoadModel;

use crate::attack::Attack;
use crate::order::{Errand, LoadError};
use crate::scheduler::hand_out;
use crate::wire::{self, Frame};

/// Samples that may wait for the socket before any is lost (and counted).
const WAITING_SAMPLES: usize = 262_144;
/// Samples of one frame.
const FRAME_SAMPLES: usize = 1024;

/// Runs until the order is done; called by the hidden command `worker`.
pub fn worker_main() -> Result<(), LoadError> {
    let mut orders = BufReader::new(std::io::stdin());
    let mut line = String::new();
    orders.read_line(&mut line).map_err(LoadError::Pipe)?;
    let errand: Errand =
        serde_json::from_str(&line).map_err(|error| LoadError::Order(error.to_string()))?;
    let socket = UnixStream::connect(&errand.socket).map_err(LoadError::Pipe)?;
    let mut out = BufWriter::new(socket);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(LoadError::Spawn)?;
    match runtime.block_on(work(errand, orders, &mut out)) {
        Ok(last) => wire::write(&mut out, &last).map_err(LoadError::Pipe)?,
        Err(error) => {
            let told = Frame::Failed(error.to_string());
            wire::write(&mut out, &told).map_err(LoadError::Pipe)?;
        }
    }
    // Goose's users wait for ever; the process ends with its load.
    runtime.shutdown_background();
    Ok(())
}

async fn work(
    errand: Errand,
    orders: BufReader<std::io::Stdin>,
    out: &mut BufWriter<UnixStream>,
) -> Result<Frame, LoadError> {
    let stop = Arc::new(AtomicBool::new(false));
    let (give, tickets) = flume::unbounded();
    let (samples, taken) = flume::bounded(WAITING_SAMPLES);
    let attack = Attack::new(errand.order, tickets, samples, Arc::clone(&stop))
        .map_err(|error| LoadError::Attack(error.to_string()))?;
    let attack = Arc::new(attack);
    let users = u32::try_from(attack.pool()).unwrap_or(u32::MAX);
    let mut goose = tokio::spawn(Arc::clone(&attack).execute());
    tokio::select! {
        _ = attack.ready.acquire_many(users) => {}
        ended = &mut goose => return Err(LoadError::Attack(format!("{ended:?}"))),
    }
    let failure = attack
        .failure
        .lock()
        .unwrap_or_else(|broken| broken.into_inner())
        .clone();
    if let Some(why) = failure {
        return Err(LoadError::NotReady(why));
    }
    wire::write(out, &Frame::Ready).map_err(LoadError::Pipe)?;
    let (orders, zero) = started(orders)?;
    obey(orders, Arc::clone(&stop));
    let cpu_before = cpu_seconds();
    attack.zero.send_replace(Some(zero));
    if let LoadModel::Open { .. } = attack.order.plan.model {
        let attack = Arc::clone(&attack);
        std::thread::spawn(move || {
            let (plan, seed) = (&attack.order.plan, attack.order.seed);
            hand_out(
                plan,
                seed,
                zero,
                &attack.sessions,
                &attack.books,
                &give,
                &stop,
            );
        });
    } else {
        drop(give);
    }
    let writing = forward(&attack, users, &taken, out);
    writing.await.map_err(LoadError::Pipe)?;
    let wall_s = zero.elapsed().as_secs_f64();
    Ok(Frame::Done(
        attack.books.close(wall_s, cpu_seconds() - cpu_before),
    ))
}

/// Waits for `start UNIX_NS` and turns it into a moment of the monotonic clock.
fn started(
    mut orders: BufReader<std::io::Stdin>,
) -> Result<(BufReader<std::io::Stdin>, Instant), LoadError> {
    let mut line = String::new();
    orders.read_line(&mut line).map_err(LoadError::Pipe)?;
    let at: i64 = line
        .trim()
        .strip_prefix("start ")
        .and_then(|at| at.parse().ok())
        .ok_or_else(|| LoadError::Order(format!("expected a start, got {line:?}")))?;
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX);
    let ahead = Duration::from_nanos(u64::try_from(at.saturating_sub(now)).unwrap_or(0));
    Ok((orders, Instant::now() + ahead))
}

/// Any further line, and the end of the pipe, mean stop.
fn obey(mut orders: BufReader<std::io::Stdin>, stop: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut line = String::new();
        drop(orders.read_line(&mut line));
        stop.store(true, Ordering::Relaxed);
    });
}

/// Sends samples on until every user has finished and nothing waits.
async fn forward(
    attack: &Attack,
    users: u32,
    taken: &flume::Receiver<Sample>,
    out: &mut BufWriter<UnixStream>,
) -> std::io::Result<()> {
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        pace.tick().await;
        let over = attack.finished.available_permits() >= users as usize;
        loop {
            let batch: Vec<Sample> = taken.try_iter().take(FRAME_SAMPLES).collect();
            if batch.is_empty() {
                break;
            }
            wire::write(out, &Frame::Samples(batch))?;
        }
        if over {
            return Ok(());
        }
    }
}

/// User and system time of this process, from the kernel.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    let after_name = stat.rfind(')').map_or("", |end| &stat[end + 1..]);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
