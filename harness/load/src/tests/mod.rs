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
mod sockets;
mod stalls;
mod stop;
mod target;
mod unsent;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use harness_model::load::LoadModel;
use harness_model::{ErrorClass, LoadTally, Offset, Sample};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::engine::Engine;
use crate::order::WorkerOrder;
use target::{Asked, FakeSender, Reply, Target};

/// What a load left.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Requests that were sent, by session and step.
    pub samples: Vec<Sample>,
    /// Requests that were not, by session and step.
    pub unsent: Vec<Sample>,
    pub tally: LoadTally,
    /// Operation -> milliseconds, as told.
    pub expected_ms: BTreeMap<String, f64>,
    pub most_in_flight: usize,
    /// Sessions at once that waited for a user.
    pub most_waiting: usize,
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
        let unsent = tally.dropped + tally.cancelled + tally.unbuilt + tally.exhausted;
        assert_eq!(tally.scheduled, tally.sent + unsent, "{tally:?}");
        let not_sent = |why| self.unsent.iter().filter(|one| one.error == why).count() as u64;
        assert_eq!(tally.dropped, not_sent(ErrorClass::NotSent), "{tally:?}");
        assert_eq!(tally.unbuilt, not_sent(ErrorClass::Unbuilt), "{tally:?}");
        assert_eq!(
            tally.exhausted,
            not_sent(ErrorClass::Exhausted),
            "{tally:?}"
        );
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
    let (from_users, samples) = flume::unbounded();
    let timeout = Duration::from_nanos(order.plan.timeout_ns);
    let target = Arc::new(Target::new(timeout, answer));
    let engine = Arc::new(Engine::new(order, from_users));
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
    let tended = tokio::spawn(tend(Arc::clone(&engine)));
    if let LoadModel::Open { .. } = engine.order.plan.model {
        let scheduler = engine.scheduler(zero);
        scheduler.run(tokio::time::sleep_until).await;
    }
    while let Some(user) = users.join_next().await {
        user.unwrap();
    }
    let ended = Offset::from_duration(zero.elapsed());
    let (expected_ms, most_waiting) = tended.await.unwrap();
    let mut samples: Vec<Sample> = samples.drain().collect();
    samples.sort_by_key(|sample| (sample.session, sample.step));
    let (samples, unsent) = samples.into_iter().partition(Sample::was_sent);
    Outcome {
        samples,
        unsent,
        tally: engine.counters.tally(0.0, 0.0),
        expected_ms,
        most_in_flight: target.most_in_flight(),
        most_waiting,
        ended,
        failure: engine.failure(),
    }
}

/// What a worker does beside its users, until they are finished.
async fn tend(engine: Arc<Engine>) -> (BTreeMap<String, f64>, usize) {
    let (mut expected_ms, mut most_waiting) = (BTreeMap::new(), 0);
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    while engine.finished.available_permits() < engine.pool() {
        pace.tick().await;
        most_waiting = most_waiting.max(engine.waiting());
        engine.give_up_late_sessions();
        expected_ms.append(&mut engine.newly_expected_ms());
    }
    (expected_ms, most_waiting)
}
