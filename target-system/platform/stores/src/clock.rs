//! The wall clock, read once and carried on by tokio's time, so that a test can pause it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The time in milliseconds since the Unix epoch. It never runs backwards.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    started_at: Duration,
}

impl Clock {
    /// The system's time, as of now.
    #[must_use]
    pub fn system() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            started_at: since_epoch,
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let now = self.started_at + self.started.elapsed();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
    }
}
