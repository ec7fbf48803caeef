//! The books of the load: every request that was due ends as sent, dropped or cancelled.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use harness_model::{LoadTally, Offset};

use crate::session::Session;

/// Counted while the load is on, by many users at once.
#[derive(Debug, Default)]
pub struct Books {
    pub scheduled: AtomicU64,
    pub sent: AtomicU64,
    pub dropped: AtomicU64,
    pub cancelled: AtomicU64,
    pub ok: AtomicU64,
    pub failed: AtomicU64,
    pub sessions_started: AtomicU64,
    pub sessions_dropped: AtomicU64,
    pub samples_lost: AtomicU64,
    offered_per_s: Mutex<Vec<u32>>,
    left_per_s: Mutex<Vec<u32>>,
}

impl Books {
    pub fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// A session is due: all its steps are owed, at the moments they are planned for.
    pub fn owe(&self, session: &Session, due: Offset) {
        Books::add(&self.scheduled, session.steps.len());
        count(&mut self.offered(), seconds(session, due));
    }

    /// A failure makes a visitor leave: the steps of the session from `first` on are owed, and
    /// never asked for.
    pub fn leave(&self, session: &Session, due: Offset, first: usize) {
        Books::add(&self.cancelled, session.steps.len() - first);
        let mut left = locked(&self.left_per_s);
        count(&mut left, seconds(session, due).skip(first));
    }

    /// The load ends before the session does: its steps from `first` on are not owed after all.
    pub fn forgive(&self, session: &Session, due: Offset, first: usize) {
        let rest = (session.steps.len() - first) as u64;
        self.scheduled.fetch_sub(rest, Ordering::Relaxed);
        let mut offered = self.offered();
        for second in seconds(session, due).skip(first) {
            if let Some(count) = offered.get_mut(second) {
                *count = count.saturating_sub(1);
            }
        }
    }

    fn offered(&self) -> MutexGuard<'_, Vec<u32>> {
        locked(&self.offered_per_s)
    }

    pub fn drop_session(&self, session: &Session) {
        Books::add(&self.dropped, session.steps.len());
        Books::add(&self.sessions_dropped, 1);
    }

    pub fn close(&self, wall_s: f64, cpu_s: f64) -> LoadTally {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LoadTally {
            scheduled: read(&self.scheduled),
            sent: read(&self.sent),
            dropped: read(&self.dropped),
            cancelled: read(&self.cancelled),
            ok: read(&self.ok),
            failed: read(&self.failed),
            sessions_started: read(&self.sessions_started),
            sessions_dropped: read(&self.sessions_dropped),
            samples_lost: read(&self.samples_lost),
            cpu_s,
            wall_s,
            offered_per_s: self.offered().clone(),
            left_per_s: locked(&self.left_per_s).clone(),
        }
    }
}

/// The second in which each step of a session is planned, answers taking no time.
fn locked(series: &Mutex<Vec<u32>>) -> MutexGuard<'_, Vec<u32>> {
    series.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(series: &mut Vec<u32>, seconds: impl Iterator<Item = usize>) {
    for second in seconds {
        if series.len() <= second {
            series.resize(second + 1, 0);
        }
        series[second] += 1;
    }
}

fn seconds(session: &Session, due: Offset) -> impl Iterator<Item = usize> {
    session.steps.iter().scan(due.ns(), |at, step| {
        *at = at.saturating_add_unsigned(step.think_ns);
        Some(usize::try_from(*at / 1_000_000_000).unwrap_or(0))
    })
}
