//! The load engine in virtual time.
//!
//! Owns the way to run a load against the fake target of `target`; `orders` makes the loads, and
//! the other files are the tests. None of them sleeps for real: tokio's clock is paused and jumps
//! to the next timer when every task waits.

mod balance;
mod closed;
mod journeys;
mod open;
mod orders;
mod requests;
mod stop;
mod target;

use std::sync::Arc;
use std::time::Duration;

use harness_model::load::LoadModel;
use harness_model::{LoadTally, Offset, Sample};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::engine::Engine;
use crate::order::WorkerOrder;
use target::{Asked, FakeSender, Reply, Target};

/// What a load left.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// By session and step.
    pub samples: Vec<Sample>,
    pub tally: LoadTally,
    pub most_in_flight: usize,
    /// When the last user finished.
    pub ended: Offset,
    pub failure: Option<String>,
}

impl Outcome {
    /// One figure of every sample.
    pub fn each<T>(&self, figure: impl Fn(&Sample) -> T) -> Vec<T> {
        self.samples.iter().map(figure).collect()
    }

    /// Asserts that nothing that was due vanished.
    pub fn assert_balanced(&self) {
        let tally = &self.tally;
        let ends = tally.sent + tally.dropped + tally.cancelled + tally.unbuilt;
        assert_eq!(tally.scheduled, ends, "{tally:?}");
        assert_eq!(tally.sent, tally.ok + tally.failed, "{tally:?}");
        assert_eq!(tally.sent, self.samples.len() as u64, "{tally:?}");
        let offered = tally.offered_per_s.iter().copied().map(u64::from);
        assert_eq!(tally.scheduled, offered.sum::<u64>(), "{tally:?}");
        assert_eq!(tally.samples_lost, 0);
    }
}

/// Runs a load to its end, or to the stop.
pub fn run(
    order: WorkerOrder,
    stop: Option<Duration>,
    answer: impl Fn(Asked<'_>) -> Reply + Send + Sync + 'static,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // In virtual time a load that never ends is at this limit at once.
    let limit = Duration::from_hours(1000);
    let load = async move { tokio::time::timeout(limit, drive(order, stop, answer)).await };
    runtime.block_on(load).expect("the load ends")
}

async fn drive(
    order: WorkerOrder,
    stop: Option<Duration>,
    answer: impl Fn(Asked<'_>) -> Reply + Send + Sync + 'static,
) -> Outcome {
    let (due_sessions, to_users) = flume::unbounded();
    let (from_users, samples) = flume::unbounded();
    let timeout = Duration::from_nanos(order.plan.timeout_ns);
    let target = Arc::new(Target::new(timeout, answer));
    let engine = Arc::new(Engine::new(order, to_users, from_users));
    let mut users = JoinSet::new();
    for _ in 0..engine.pool() {
        let (engine, target) = (Arc::clone(&engine), Arc::clone(&target));
        users.spawn(async move { engine.run_user(&mut FakeSender(target)).await });
    }
    let everyone = u32::try_from(engine.pool()).unwrap();
    drop(engine.ready.acquire_many(everyone).await.unwrap());
    let zero = Instant::now() + Duration::from_millis(100);
    target.begin(zero);
    engine.zero.send_replace(Some(zero));
    if let Some(after) = stop {
        let stop = engine.stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(zero + after).await;
            stop.cancel();
        });
    }
    match engine.order.plan.model {
        LoadModel::Open { .. } => {
            let scheduler = engine.scheduler(zero);
            scheduler.run(due_sessions, tokio::time::sleep_until).await;
        }
        LoadModel::Closed { .. } => drop(due_sessions),
    }
    while let Some(user) = users.join_next().await {
        user.unwrap();
    }
    let mut samples: Vec<Sample> = samples.drain().collect();
    samples.sort_by_key(|sample| (sample.session, sample.step));
    Outcome {
        samples,
        tally: engine.counters.tally(0.0, 0.0),
        most_in_flight: target.most_in_flight(),
        ended: Offset::from_duration(zero.elapsed()),
        failure: engine.failure(),
    }
}
