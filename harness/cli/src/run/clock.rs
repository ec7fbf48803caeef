//! The clock of a run: the one place of the harness that reads the time of events.
//!
//! It must not know what is stamped.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use harness_model::Offset;

/// Offsets from the start of the run, by the monotonic clock; the wall clock is read once.
#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    origin: Instant,
    started_unix_ns: i64,
}

impl RunClock {
    /// A run starts now.
    pub fn start() -> RunClock {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let started_unix_ns = i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX);
        RunClock {
            origin: Instant::now(),
            started_unix_ns,
        }
    }

    /// The time since the start of the run.
    pub fn now(&self) -> Offset {
        Offset::from_duration(self.origin.elapsed())
    }

    /// The wall clock at the start of the run, in nanoseconds since 1970.
    pub fn started_unix_ns(&self) -> i64 {
        self.started_unix_ns
    }

    /// The wall clock of a moment of this run, in nanoseconds since 1970.
    pub fn unix_ns(&self, at: Offset) -> i64 {
        self.started_unix_ns.saturating_add(at.ns())
    }
}
