//! The books of the load: every request that was due ends as sent, dropped or cancelled.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

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
}

impl Books {
    pub fn add(counter: &AtomicU64, count: usize) {
        counter.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// A session is due: all its steps are owed, at the moments they are planned for.
    pub fn owe(&self, session: &Session, due: Offset) {
        Books::add(&self.scheduled, session.steps.len());
        let mut offered = self
            .offered_per_s
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        let mut at = due.ns();
        for step in &session.steps {
            at = at.saturating_add_unsigned(step.think_ns);
            let second = usize::try_from(at / 1_000_000_000).unwrap_or(0);
            if offered.len() <= second {
                offered.resize(second + 1, 0);
            }
            offered[second] += 1;
        }
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
            offered_per_s: self
                .offered_per_s
                .lock()
                .unwrap_or_else(|broken| broken.into_inner())
                .clone(),
        }
    }
}
