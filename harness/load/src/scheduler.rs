//! Hands out the sessions of an open load when they are due, whatever the target does.
//!
//! It never waits for a user: the channel to the users has no bound. It must not know what a
//! session does.

use std::time::Duration;

use harness_model::load::LoadModel;
use harness_model::{LoadPlan, Offset, Seed};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::arrivals::arrivals;
use crate::counters::LoadCounters;
use crate::session::{Session, Sessions};

/// A session, and the moment at which it is due.
pub struct DueSession {
    pub session: Session,
    pub due: Offset,
}

/// What the scheduler of an open load needs.
pub struct Scheduler<'a> {
    pub plan: &'a LoadPlan,
    pub seed: Seed,
    pub zero: Instant,
    pub sessions: &'a Sessions,
    pub counters: &'a LoadCounters,
    pub stop: &'a CancellationToken,
}

impl Scheduler<'_> {
    /// Returns when every session is handed out or the load is stopped. `wait_until` decides how
    /// precise it is.
    pub async fn run(
        self,
        due_sessions: flume::Sender<DueSession>,
        wait_until: impl AsyncFn(Instant),
    ) {
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
            if due_sessions.send(DueSession { session, due }).is_err() {
                return;
            }
        }
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
fn schedule(plan: &LoadPlan, seed: Seed) -> Box<dyn Iterator<Item = Offset>> {
    let due = arrivals(&plan.model, seed);
    let LoadModel::Open {
        arrivals: segments, ..
    } = &plan.model
    else {
        return Box::new(due);
    };
    let rate = segments.last().map_or(0.0, |last| last.to_per_s);
    if plan.requests.is_none() || rate <= 0.0 {
        return Box::new(due);
    }
    let end = plan.duration_ns as f64;
    let beyond = move |i: u64| Offset((end + i as f64 / rate * 1e9) as i64);
    Box::new(due.chain((0..).map(beyond)))
}
