//! Hands out the sessions of an open load when they are due, whatever the target does.
//!
//! It never waits for a user: the queue to the users has no bound. It must not know what a
//! session does.

use std::time::Duration;

use harness_model::load::{LoadModel, RateSegment};
use harness_model::{LoadPlan, Offset, Seed};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::arrivals::arrivals;
use crate::counters::LoadCounters;
use crate::due_queue::{DueQueue, DueSession};
use crate::session::Sessions;

/// What the scheduler of an open load needs. Its end closes the queue.
pub struct Scheduler<'a> {
    pub plan: &'a LoadPlan,
    pub seed: Seed,
    pub zero: Instant,
    pub sessions: &'a Sessions,
    pub counters: &'a LoadCounters,
    pub stop: &'a CancellationToken,
    pub due_sessions: &'a DueQueue,
}

impl Scheduler<'_> {
    /// Returns when every session is handed out or the load is stopped. `wait_until` decides how
    /// precise it is.
    pub async fn run(self, wait_until: impl AsyncFn(Instant)) {
        for (index, due) in schedule(self.plan, self.seed).enumerate() {
            let Some(session) = self.sessions.session(index as u64) else {
                return;
            };
            let at = self.zero + due.since(Offset::ZERO);
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = wait_until(at) => {}
            }
            self.counters.schedule(&session, due);
            self.due_sessions.push(DueSession { session, due });
        }
    }
}

impl Drop for Scheduler<'_> {
    fn drop(&mut self) {
        self.due_sessions.close();
    }
}

/// The stretch of a wait that blocks the thread, and so the longest that a stop may go unnoticed.
/// Most gaps between arrivals are shorter, and end with a single wake-up.
const BLOCKING: Duration = Duration::from_millis(50);

/// Waits with the precision of the kernel's timers; tokio's have ticks of 1 ms. Blocks the thread
/// at the end of the wait, so it needs one of its own.
pub async fn wait_precisely(until: Instant) {
    let unblocked = until.saturating_duration_since(Instant::now() + BLOCKING);
    if !unblocked.is_zero() {
        tokio::time::sleep(unblocked).await;
    }
    std::thread::sleep(until.saturating_duration_since(Instant::now()));
}

/// The arrivals, continued at the last rate when an exact number of requests is asked for and the
/// schedule ends before it.
fn schedule(plan: &LoadPlan, seed: Seed) -> impl Iterator<Item = Offset> + use<> {
    let mut model = plan.model.clone();
    if let (LoadModel::Open { arrivals, .. }, Some(_)) = (&mut model, plan.requests) {
        let last = arrivals.last().map_or(0.0, |last| last.to_per_s);
        arrivals.push(RateSegment {
            from_per_s: last,
            to_per_s: last,
            for_ns: CENTURY_NS,
        });
    }
    arrivals(&model, seed)
}

/// Longer than any load, and short enough for offsets.
const CENTURY_NS: u64 = 100 * 365 * 24 * 3600 * 1_000_000_000;
