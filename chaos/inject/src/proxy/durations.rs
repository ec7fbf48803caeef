//! How long the exchanges of an edge take, and which of them are slow by the edge's own history.
//!
//! It must not know why an exchange is slow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Logarithmic buckets from one microsecond to more than an hour.
const BUCKETS_PER_OCTAVE: f64 = 4.0;
const BUCKETS: usize = 128;

/// An exchange is slow when it takes three to four times as long as this quantile.
const USUAL_QUANTILE: f64 = 0.95;
const SLOWER_BY_BUCKETS: usize = 7;

/// Nothing faster than this is slow: a busy machine alone can cause such a wait.
const NEVER_SLOW_BELOW: Duration = Duration::from_millis(10);

/// An edge with fewer exchanges has no usual duration yet.
const MIN_EXCHANGES: u64 = 20;

/// Durations of answered exchanges.
#[derive(Debug)]
pub struct DurationHistogram {
    counts: [AtomicU64; BUCKETS],
}

impl Default for DurationHistogram {
    fn default() -> DurationHistogram {
        DurationHistogram {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }
}

impl DurationHistogram {
    /// Counts an exchange that took this long.
    pub fn record(&self, took: Duration) {
        self.counts[bucket(took)].fetch_add(1, Relaxed);
    }

    /// The first slow bucket, by the exchanges so far; past the last bucket while there are too
    /// few.
    pub fn slow_bucket(&self) -> usize {
        let all = self.count_from(0);
        if all < MIN_EXCHANGES {
            return BUCKETS;
        }
        let rank = (all as f64 * USUAL_QUANTILE).ceil() as u64;
        let mut seen = 0;
        let usual = self.counts.iter().position(|count| {
            seen += count.load(Relaxed);
            seen >= rank
        });
        (usual.unwrap_or(BUCKETS) + SLOWER_BY_BUCKETS).max(bucket(NEVER_SLOW_BELOW))
    }

    /// As [`slow_bucket`](Self::slow_bucket); by the slowest of few exchanges where there are too
    /// few for a quantile, and the first one of all where there are none.
    pub fn silent_bucket(&self) -> usize {
        if self.count_from(0) >= MIN_EXCHANGES {
            return self.slow_bucket();
        }
        let slowest = self
            .counts
            .iter()
            .rposition(|count| count.load(Relaxed) > 0);
        slowest.map_or(0, |slowest| {
            (slowest + SLOWER_BY_BUCKETS).max(bucket(NEVER_SLOW_BELOW))
        })
    }

    /// How many exchanges are in this bucket or a later one.
    pub fn count_from(&self, bucket: usize) -> u64 {
        let counts = self.counts.iter().skip(bucket);
        counts.map(|count| count.load(Relaxed)).sum()
    }
}

/// Exchanges without an answer, by the moment they began.
#[derive(Debug, Default)]
pub struct PendingExchanges(Mutex<BTreeMap<Instant, u64>>);

impl PendingExchanges {
    /// An exchange began at this moment.
    pub fn begin(&self, at: Instant) {
        *self.lock().entry(at).or_default() += 1;
    }

    /// An exchange that began at this moment was answered, or counts elsewhere now.
    pub fn end(&self, at: Instant) {
        let mut begun = self.lock();
        if let Some(left) = begun.get_mut(&at) {
            *left -= 1;
            if *left == 0 {
                begun.remove(&at);
            }
        }
    }

    /// How many wait for an answer.
    pub fn count(&self) -> u64 {
        self.lock().values().sum()
    }

    /// Those that have waited so long that their answer will count into this bucket or a later
    /// one.
    pub fn count_from(&self, bucket: usize) -> u64 {
        let now = Instant::now();
        let begun = self.lock();
        let late = begun
            .iter()
            .filter(|(at, _)| self::bucket(now - **at) >= bucket);
        late.map(|(_, count)| count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Instant, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bucket that a duration counts into.
pub fn bucket(took: Duration) -> usize {
    let microseconds = took.as_secs_f64() * 1e6;
    ((microseconds.max(1.0).log2() * BUCKETS_PER_OCTAVE) as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slow_is_what_takes_several_times_as_long_as_nearly_all_before() {
        let durations = DurationHistogram::default();
        (0..100).for_each(|_| durations.record(ms(20)));
        let slow = durations.slow_bucket();
        assert!(bucket(ms(45)) < slow && slow <= bucket(ms(80)));
        durations.record(ms(45));
        assert_eq!(durations.count_from(slow), 0);
        durations.record(ms(80));
        assert_eq!(durations.count_from(slow), 1);
    }

    #[test]
    fn nothing_is_slow_on_an_edge_with_little_traffic_and_little_on_a_fast_one() {
        let durations = DurationHistogram::default();
        (0..19).for_each(|_| durations.record(ms(1)));
        assert_eq!(durations.slow_bucket(), BUCKETS);
        durations.record(ms(1));
        assert_eq!(durations.slow_bucket(), bucket(NEVER_SLOW_BELOW));
    }

    #[test]
    fn one_stuck_exchange_in_a_hundred_does_not_raise_the_limit() {
        let durations = DurationHistogram::default();
        (0..99).for_each(|_| durations.record(ms(20)));
        durations.record(ms(4000));
        assert!(durations.slow_bucket() <= bucket(ms(80)));
    }
}
