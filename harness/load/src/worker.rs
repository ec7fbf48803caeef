//! The worker process: an order in, samples out.
//!
//! A process of its own, because Goose's state and output are process-wide. It ends when its load
//! is done, when it is told to stop, or when its parent is gone. It must not know what a user does.

use std::io::{BufRead, BufReader, BufWriter, Stdin};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness_model::Sample;
use harness_model::load::LoadModel;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::attack::{attack, client};
use crate::engine::Engine;
use crate::limits::raise_open_files;
use crate::order::{LoadError, WorkerLaunch};
use crate::scheduler::wait_precisely;
use crate::wire::{self, Frame};

/// Samples that may wait for the socket before any is lost (and counted).
const WAITING_SAMPLES: usize = 262_144;
/// Samples of one frame.
const FRAME_SAMPLES: usize = 1024;

/// Runs until the order is done; called by the hidden command `worker`.
pub fn worker_main() -> Result<(), LoadError> {
    raise_open_files();
    let mut input = BufReader::new(std::io::stdin());
    let mut line = String::new();
    input.read_line(&mut line).map_err(LoadError::Pipe)?;
    let launch: WorkerLaunch =
        serde_json::from_str(&line).map_err(|error| LoadError::Order(error.to_string()))?;
    let socket = UnixStream::connect(&launch.socket).map_err(LoadError::Pipe)?;
    let mut out = BufWriter::new(socket);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(LoadError::Spawn)?;
    let last = match runtime.block_on(work(launch, input, &mut out)) {
        Ok(last) => last,
        Err(error) => Frame::Failed(error.to_string()),
    };
    wire::write(&mut out, &last).map_err(LoadError::Pipe)?;
    // Goose's users never return; the process ends with its load.
    runtime.shutdown_background();
    Ok(())
}

async fn work(
    launch: WorkerLaunch,
    mut input: BufReader<Stdin>,
    out: &mut BufWriter<UnixStream>,
) -> Result<Frame, LoadError> {
    let (from_users, samples) = flume::bounded(WAITING_SAMPLES);
    let engine = Arc::new(Engine::new(launch.order, from_users));
    let attack_error = |error: String| LoadError::Attack(error);
    let client = client(&engine.order.plan).map_err(|error| attack_error(error.to_string()))?;
    let users = u32::try_from(engine.pool()).unwrap_or(u32::MAX);
    let mut goose = tokio::spawn(attack(Arc::clone(&engine), client));
    tokio::select! {
        _ = engine.ready.acquire_many(users) => {}
        ended = &mut goose => return Err(attack_error(format!("{ended:?}"))),
    }
    if let Some(why) = engine.failure() {
        return Err(LoadError::NotReady(why));
    }
    wire::write(out, &Frame::Ready).map_err(LoadError::Pipe)?;
    let zero = read_start(&mut input)?;
    stop_at_next_line(input, engine.stop.clone());
    let cpu_before = cpu_seconds();
    engine.zero.send_replace(Some(zero));
    if let LoadModel::Open { .. } = engine.order.plan.model {
        schedule(Arc::clone(&engine), zero)?;
    }
    let forwarded = forward(&engine, users, &samples, out).await;
    forwarded.map_err(LoadError::Pipe)?;
    let wall_s = zero.elapsed().as_secs_f64();
    let cpu_s = cpu_seconds() - cpu_before;
    Ok(Frame::Done(engine.counters.tally(wall_s, cpu_s)))
}

/// Runs the scheduler on a thread of its own, so that no user can delay it.
fn schedule(engine: Arc<Engine>, zero: Instant) -> Result<(), LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(LoadError::Spawn)?;
    std::thread::spawn(move || {
        let scheduler = engine.scheduler(zero);
        runtime.block_on(scheduler.run(wait_precisely));
    });
    Ok(())
}

/// Waits for `start UNIX_NS` and turns it into a moment of the monotonic clock.
fn read_start(input: &mut BufReader<Stdin>) -> Result<Instant, LoadError> {
    let mut line = String::new();
    input.read_line(&mut line).map_err(LoadError::Pipe)?;
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
    Ok(Instant::now() + ahead)
}

/// Any further line, and the end of the pipe, mean stop.
fn stop_at_next_line(mut input: BufReader<Stdin>, stop: CancellationToken) {
    std::thread::spawn(move || {
        let mut line = String::new();
        drop(input.read_line(&mut line));
        stop.cancel();
    });
}

/// Sends samples and expected times on until every user has finished and none waits; meanwhile it
/// gives up the sessions that nobody takes in time.
async fn forward(
    engine: &Engine,
    users: u32,
    samples: &flume::Receiver<Sample>,
    out: &mut BufWriter<UnixStream>,
) -> std::io::Result<()> {
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        pace.tick().await;
        let over = engine.finished.available_permits() >= users as usize;
        engine.give_up_late_sessions();
        let expected = engine.newly_expected_ms();
        if !expected.is_empty() {
            wire::write(out, &Frame::Expected(expected))?;
        }
        loop {
            let batch: Vec<Sample> = samples.try_iter().take(FRAME_SAMPLES).collect();
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
