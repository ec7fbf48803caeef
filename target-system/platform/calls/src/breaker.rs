//! A circuit breaker: stops calls to a callee for a while when most of them fail.
//!
//! Closed, it counts outcomes over a sliding window of time. When enough calls were made and too
//! many failed, it opens and refuses everything at once, which spares the caller the wait and the
//! callee the load. After a wait it lets a few probes through (half-open): if all succeed it
//! closes, if one fails it opens again. (M. Nygard, *Release It!*, 2nd ed., section 5.2.)

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const SLOTS: usize = 10;

/// When to open and when to try again.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// One slot of the window; ten of them are the window.
    pub slot: Duration,
    /// With fewer calls in the window it stays closed.
    pub least_calls: u32,
    /// It opens at this share of failures.
    pub failure_share: f64,
    /// How long it stays open.
    pub open_for: Duration,
    /// How many probes must succeed before it closes; no more are let through meanwhile.
    pub probes: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            slot: Duration::from_secs(1),
            least_calls: 20,
            failure_share: 0.5,
            open_for: Duration::from_secs(5),
            probes: 3,
        }
    }
}

/// What the breaker does at the moment; the numbers are those of the `breaker_state` metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Closed = 0,
    HalfOpen = 1,
    Open = 2,
}

/// The breaker of one callee.
#[derive(Debug)]
pub struct Breaker {
    rules: Rules,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Counts changes of state, so that the outcome of a call from an earlier state does not count.
    era: u64,
}

#[derive(Debug)]
enum State {
    Closed(Window),
    Open { until: Instant },
    HalfOpen { under_way: u32, succeeded: u32 },
}

/// Outcomes of the last ten slots.
#[derive(Debug)]
struct Window {
    slots: [Tally; SLOTS],
    /// Slots since this instant; the tally of slot `n` lies at `n % 10`.
    since: Instant,
    newest: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    calls: u32,
    failures: u32,
}

/// Permission for one call. Settle it with the outcome; a permit that is dropped, because the
/// caller was cancelled, counts neither way.
#[derive(Debug)]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    era: u64,
    settled: bool,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let state = State::Closed(Window::new());
        Self {
            rules,
            inner: Mutex::new(Inner { state, era: 0 }),
        }
    }

    /// Permission for a call; `None` while the breaker refuses.
    pub fn admit(&self) -> Option<Permit<'_>> {
        let mut inner = self.lock();
        if let State::Open { until } = inner.state
            && Instant::now() >= until
        {
            inner.become_(State::HalfOpen {
                under_way: 0,
                succeeded: 0,
            });
        }
        match &mut inner.state {
            State::Closed(_) => {}
            State::Open { .. } => return None,
            State::HalfOpen {
                under_way,
                succeeded,
            } => {
                if *under_way + *succeeded >= self.rules.probes {
                    return None;
                }
                *under_way += 1;
            }
        }
        Some(Permit {
            breaker: self,
            era: inner.era,
            settled: false,
        })
    }

    /// What it does now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.lock().state {
            State::Closed(_) => Phase::Closed,
            State::Open { until } if Instant::now() < *until => Phase::Open,
            State::Open { .. } | State::HalfOpen { .. } => Phase::HalfOpen,
        }
    }

    fn settle(&self, era: u64, outcome: Option<bool>) {
        let mut inner = self.lock();
        if inner.era != era {
            return;
        }
        let next = match (&mut inner.state, outcome) {
            (State::Closed(window), Some(succeeded)) => {
                let seen = window.record(self.rules.slot, succeeded);
                seen.is_too_bad(&self.rules).then(|| self.open())
            }
            (
                State::HalfOpen {
                    under_way,
                    succeeded,
                },
                Some(true),
            ) => {
                *under_way -= 1;
                *succeeded += 1;
                (*succeeded >= self.rules.probes).then(|| State::Closed(Window::new()))
            }
            (State::HalfOpen { .. }, Some(false)) => Some(self.open()),
            (State::HalfOpen { under_way, .. }, None) => {
                *under_way -= 1;
                None
            }
            (State::Closed(_), None) | (State::Open { .. }, _) => None,
        };
        if let Some(state) = next {
            inner.become_(state);
        }
    }

    fn open(&self) -> State {
        State::Open {
            until: Instant::now() + self.rules.open_for,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn become_(&mut self, state: State) {
        self.state = state;
        self.era += 1;
    }
}

impl Permit<'_> {
    /// Reports the outcome of the call. A refusal by the domain is a success: the callee works.
    pub fn settle(mut self, succeeded: bool) {
        self.settled = true;
        self.breaker.settle(self.era, Some(succeeded));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.breaker.settle(self.era, None);
        }
    }
}

impl Window {
    fn new() -> Self {
        Self {
            slots: [Tally::default(); SLOTS],
            since: Instant::now(),
            newest: 0,
        }
    }

    /// Adds an outcome; what the whole window holds now.
    fn record(&mut self, slot: Duration, succeeded: bool) -> Tally {
        let now = (self.since.elapsed().as_nanos() / slot.as_nanos().max(1)) as u64;
        let stale = now.saturating_sub(self.newest).min(SLOTS as u64);
        for step in 0..stale {
            self.slots[place(now - step)] = Tally::default();
        }
        self.newest = now;
        let current = &mut self.slots[place(now)];
        current.calls += 1;
        current.failures += u32::from(!succeeded);
        self.slots.iter().fold(Tally::default(), |sum, slot| Tally {
            calls: sum.calls + slot.calls,
            failures: sum.failures + slot.failures,
        })
    }
}

fn place(slot: u64) -> usize {
    (slot % SLOTS as u64) as usize
}

impl Tally {
    fn is_too_bad(self, rules: &Rules) -> bool {
        self.calls >= rules.least_calls
            && f64::from(self.failures) >= rules.failure_share * f64::from(self.calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn attempt(breaker: &Breaker, succeeded: bool) {
        breaker
            .admit()
            .expect("it lets calls through")
            .settle(succeeded);
    }

    fn opened() -> Breaker {
        let breaker = Breaker::new(Rules::default());
        (0..20).for_each(|_| attempt(&breaker, false));
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn few_failures_do_not_open_it() {
        let breaker = Breaker::new(Rules::default());
        (0..19).for_each(|_| attempt(&breaker, false));
        assert_eq!(breaker.phase(), Phase::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_when_half_of_the_calls_fail_and_then_refuses() {
        let breaker = Breaker::new(Rules::default());
        (0..20).for_each(|n| attempt(&breaker, n % 2 == 0));
        assert_eq!(breaker.phase(), Phase::Open);
        assert!(breaker.admit().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn failures_older_than_the_window_are_forgotten() {
        let breaker = Breaker::new(Rules::default());
        (0..19).for_each(|_| attempt(&breaker, false));
        advance(Duration::from_secs(11)).await;
        (0..19).for_each(|_| attempt(&breaker, false));
        assert_eq!(breaker.phase(), Phase::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn half_open_it_lets_only_the_probes_through() {
        let breaker = opened();
        advance(Rules::default().open_for).await;
        let probes: Vec<_> = (0..3).map(|_| breaker.admit().expect("a probe")).collect();
        assert!(breaker.admit().is_none());
        probes.into_iter().for_each(|probe| probe.settle(true));
        assert_eq!(breaker.phase(), Phase::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn one_failed_probe_opens_it_again() {
        let breaker = opened();
        advance(Rules::default().open_for).await;
        attempt(&breaker, true);
        attempt(&breaker, false);
        assert_eq!(breaker.phase(), Phase::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_was_dropped_makes_room_for_another() {
        let breaker = opened();
        advance(Rules::default().open_for).await;
        for _ in 0..10 {
            drop(breaker.admit().expect("there is room"));
        }
        assert_eq!(breaker.phase(), Phase::HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn the_outcome_of_a_call_from_before_it_opened_does_not_count_as_a_probe() {
        let breaker = Breaker::new(Rules::default());
        let old = breaker.admit().expect("it is closed");
        (0..20).for_each(|_| attempt(&breaker, false));
        advance(Rules::default().open_for).await;
        let probe = breaker.admit().expect("a probe");
        old.settle(false);
        assert_eq!(breaker.phase(), Phase::HalfOpen);
        probe.settle(true);
    }
}
