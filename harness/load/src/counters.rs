//! Counts of the load: every request that was due ends as sent or as one of those that were not.
//!
//! Owns what "due" means: a step is due when it is planned before the end of the load. It must not
//! know who counts, nor when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use harness_model::{ErrorClass, LoadTally, Offset};

use crate::session::Session;

/// Counted by many users at once while the load runs.
#[derive(Debug, Default)]
pub struct LoadCounters {
    /// The end of a load that ends by time.
    end: Option<Offset>,
    scheduled: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    cancelled: AtomicU64,
    unbuilt: AtomicU64,
    exhausted: AtomicU64,
    ok: AtomicU64,
    failed: AtomicU64,
    sessions_started: AtomicU64,
    sessions_dropped: AtomicU64,
    samples_lost: AtomicU64,
    offered_per_s: Mutex<Vec<u32>>,
    left_per_s: Mutex<Vec<u32>>,
}

impl LoadCounters {
    /// `end` is `None` for a load that ends by its number of requests.
    pub fn new(end: Option<Offset>) -> LoadCounters {
        LoadCounters {
            end,
            ..LoadCounters::default()
        }
    }

    /// A session is due, and with it all its steps.
    pub fn schedule(&self, session: &Session, due: Offset) {
        let seconds = self.due_seconds(session, due, 0);
        add(&self.scheduled, seconds.clone().count());
        let mut offered = locked(&self.offered_per_s);
        for second in seconds {
            *second_of(&mut offered, second) += 1;
        }
    }

    pub fn start_session(&self) {
        add(&self.sessions_started, 1);
    }

    /// No user was free to take the session in time.
    pub fn drop_session(&self) {
        add(&self.sessions_dropped, 1);
    }

    /// What became of one request.
    pub fn end(&self, how: ErrorClass) {
        let counter = match how {
            ErrorClass::NotSent => &self.dropped,
            ErrorClass::Unbuilt => &self.unbuilt,
            ErrorClass::Exhausted => &self.exhausted,
            ErrorClass::None => {
                add(&self.sent, 1);
                &self.ok
            }
            _ => {
                add(&self.sent, 1);
                &self.failed
            }
        };
        add(counter, 1);
    }

    pub fn sample_lost(&self) {
        add(&self.samples_lost, 1);
    }

    /// The load is stopped: the steps of the session from `first` on are not sent.
    pub fn cancel(&self, session: &Session, due: Offset, first: usize) {
        let steps = self.due_seconds(session, due, first).count();
        add(&self.cancelled, steps);
    }

    /// A failure makes the visitor leave: the steps of the session from `first` on are not sent,
    /// although they stay due.
    pub fn leave(&self, session: &Session, due: Offset, first: usize) {
        self.cancel(session, due, first);
        let mut left = locked(&self.left_per_s);
        for second in self.due_seconds(session, due, first) {
            *second_of(&mut left, second) += 1;
        }
    }

    /// Answers took so long that the load ends before the session does: the steps from `first` on
    /// are not due after all.
    pub fn withdraw(&self, session: &Session, due: Offset, first: usize) {
        let seconds = self.due_seconds(session, due, first);
        let steps = seconds.clone().count() as u64;
        self.scheduled.fetch_sub(steps, Ordering::Relaxed);
        let mut offered = locked(&self.offered_per_s);
        for second in seconds {
            let count = second_of(&mut offered, second);
            *count = count.saturating_sub(1);
        }
    }

    pub fn tally(&self, wall_s: f64, cpu_s: f64) -> LoadTally {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LoadTally {
            scheduled: read(&self.scheduled),
            sent: read(&self.sent),
            dropped: read(&self.dropped),
            cancelled: read(&self.cancelled),
            unbuilt: read(&self.unbuilt),
            exhausted: read(&self.exhausted),
            ok: read(&self.ok),
            failed: read(&self.failed),
            sessions_started: read(&self.sessions_started),
            sessions_dropped: read(&self.sessions_dropped),
            samples_lost: read(&self.samples_lost),
            cpu_s,
            wall_s,
            offered_per_s: locked(&self.offered_per_s).clone(),
            left_per_s: locked(&self.left_per_s).clone(),
        }
    }

    /// The second in which each due step from `first` on is planned, if answers took no time.
    fn due_seconds<'a>(
        &self,
        session: &'a Session,
        due: Offset,
        first: usize,
    ) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let end = self.end.map_or(i64::MAX, Offset::ns);
        let planned = session.steps.iter().scan(due.ns(), |at, step| {
            *at = at.saturating_add_unsigned(step.think_ns);
            Some(*at)
        });
        planned
            .take_while(move |at| *at < end)
            .skip(first)
            .map(|at| usize::try_from(at / 1_000_000_000).unwrap_or(0))
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

fn locked(series: &Mutex<Vec<u32>>) -> MutexGuard<'_, Vec<u32>> {
    series.lock().unwrap_or_else(PoisonError::into_inner)
}

fn second_of(series: &mut Vec<u32>, second: usize) -> &mut u32 {
    if series.len() <= second {
        series.resize(second + 1, 0);
    }
    &mut series[second]
}
