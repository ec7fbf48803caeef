//! How long the exchanges of an edge take or wait, and which of them are slow by its own measure.
//!
//! It must not know why an exchange is slow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Buckets an octave, and octaves from one microsecond up to an hour and more.
const FINENESS: f64 = 4.0;
const BUCKETS: usize = 128;

/// An exchange is slow when it takes three to four times as long as this share of the others.
const ORDINARY: f64 = 0.95;
const SLOWER_BY: usize = 7;

/// Nothing is slow below this: a busy machine may keep anybody waiting for so long.
const HARMLESS: Duration = Duration::from_millis(10);

/// From so many exchanges on something can be said about an edge.
const ENOUGH: u64 = 20;

/// A histogram of the exchanges that were answered.
#[derive(Debug)]
pub struct Pace {
    counts: [AtomicU64; BUCKETS],
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }
}

impl Pace {
    pub fn note(&self, took: Duration) {
        self.counts[bucket(took)].fetch_add(1, Relaxed);
    }

    /// The first bucket that is slow, by what was seen so far; beyond the last while too little
    /// was.
    pub fn slow(&self) -> usize {
        let all = self.since(0);
        if all < ENOUGH {
            return BUCKETS;
        }
        let ordinary = (all as f64 * ORDINARY).ceil() as u64;
        let mut seen = 0;
        let last = self.counts.iter().position(|count| {
            seen += count.load(Relaxed);
            seen >= ordinary
        });
        (last.unwrap_or(BUCKETS) + SLOWER_BY).max(bucket(HARMLESS))
    }

    /// How many exchanges fell into this bucket or a later one.
    pub fn since(&self, bucket: usize) -> u64 {
        let slower = self.counts.iter().skip(bucket);
        slower.map(|count| count.load(Relaxed)).sum()
    }
}

/// The exchanges that have no answer yet, by the moment they began.
#[derive(Debug, Default)]
pub struct Waiting(Mutex<BTreeMap<Instant, u64>>);

impl Waiting {
    pub fn begin(&self, at: Instant) {
        *self.lock().entry(at).or_default() += 1;
    }

    pub fn end(&self, at: Instant) {
        let mut begun = self.lock();
        if let Some(left) = begun.get_mut(&at) {
            *left -= 1;
            if *left == 0 {
                begun.remove(&at);
            }
        }
    }

    pub fn all(&self) -> u64 {
        self.lock().values().sum()
    }

    /// Those that wait so long already that their answer will count into this bucket or a later
    /// one.
    pub fn since(&self, bucket: usize) -> u64 {
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

fn bucket(took: Duration) -> usize {
    let microseconds = took.as_secs_f64() * 1e6;
    ((microseconds.max(1.0).log2() * FINENESS) as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slow_is_what_takes_several_times_as_long_as_nearly_all_before() {
        let pace = Pace::default();
        (0..100).for_each(|_| pace.note(ms(20)));
        let slow = pace.slow();
        assert!(bucket(ms(45)) < slow && slow <= bucket(ms(80)));
        pace.note(ms(45));
        assert_eq!(pace.since(slow), 0);
        pace.note(ms(80));
        assert_eq!(pace.since(slow), 1);
    }

    #[test]
    fn nothing_is_slow_on_an_edge_that_nobody_knows_yet_or_that_is_fast() {
        let pace = Pace::default();
        (0..19).for_each(|_| pace.note(ms(1)));
        assert_eq!(pace.slow(), BUCKETS);
        pace.note(ms(1));
        assert_eq!(pace.slow(), bucket(HARMLESS));
    }

    #[test]
    fn one_in_a_hundred_that_was_stuck_does_not_make_everything_else_fast() {
        let pace = Pace::default();
        (0..99).for_each(|_| pace.note(ms(20)));
        pace.note(ms(4000));
        assert!(pace.slow() <= bucket(ms(80)));
    }
}
