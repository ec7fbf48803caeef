//! How long an operation is expected to take: learned in the baseline, then frozen.
//!
//! The later steps of a visit are intended by it (G. Tene's rule: a dependent request is intended
//! at the previous intended moment plus the *expected* response time), so a target that stalls
//! cannot push the schedule back, and one that becomes slow for good cannot talk its way into being
//! normal. It must not know visitors.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use harness_model::Offset;
use harness_model::plan::{Phase, PhaseKind};

/// With so many answers a median is known: its standard error is below 6 % of the spread
/// (1.25 sigma / sqrt(n) for a normal law).
const ENOUGH: usize = 512;
/// With fewer answers at the end of the baseline, the learning goes on.
const FEWEST: usize = 30;
/// Slower than twice what is expected and this is a stall; less is ordinary jitter, which visitors
/// wait for.
const JITTER: Duration = Duration::from_millis(10);

/// The stretch of a load in which nothing is broken and its rate is the first.
#[derive(Debug, Clone, Copy)]
pub struct Baseline {
    from: Offset,
    /// Its end; a load without faults and steps is its own baseline.
    to: Offset,
}

impl Baseline {
    /// From the end of the warm-up to the first fault, or to the second step.
    pub fn of(phases: &[Phase]) -> Baseline {
        let first = phases.iter().find(|one| one.kind != PhaseKind::Warmup);
        let from = first.map_or(Offset::ZERO, |phase| phase.from);
        let to = match first.map(|phase| (&phase.kind, phase.to)) {
            Some((PhaseKind::Baseline | PhaseKind::Step(_), to)) => to,
            Some((PhaseKind::Fault(_) | PhaseKind::After(_), _)) => from,
            Some((PhaseKind::Steady | PhaseKind::Warmup, _)) | None => Offset(i64::MAX),
        };
        Baseline { from, to }
    }
}

/// The expected time of one operation, shared by all users.
#[derive(Debug, Default)]
pub struct ExpectedTime {
    /// While it is learned: the median of what was seen when its number last doubled. 0 for none.
    running_ns: AtomicU64,
    frozen_ns: OnceLock<u64>,
    seen: Mutex<Seen>,
}

/// Times of good answers in nanoseconds, at most [`ENOUGH`] of each stretch.
#[derive(Debug, Default)]
struct Seen {
    warmup: Vec<u64>,
    later: Vec<u64>,
}

impl ExpectedTime {
    /// Takes the service time of a good answer that came at `done`.
    pub fn learn(&self, baseline: &Baseline, done: Offset, service_ns: u64) {
        if self.freeze_if_over(baseline, done).is_some() {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { warmup, later } = &mut *seen;
        let is_warmup = done < baseline.from;
        let knows_better = !is_warmup && later.len() < FEWEST && !warmup.is_empty();
        let stretch = if is_warmup { warmup } else { later };
        if stretch.len() == ENOUGH {
            return;
        }
        stretch.push(service_ns);
        if stretch.len().is_power_of_two() && !knows_better {
            self.running_ns.store(median(stretch), Ordering::Relaxed);
        }
        if stretch.len() == ENOUGH && !is_warmup {
            self.frozen_ns.get_or_init(|| median(stretch));
        }
    }

    /// In nanoseconds, as far as it is known at a moment of the load.
    pub fn at(&self, baseline: &Baseline, now: Offset) -> Option<u64> {
        let running = || match self.running_ns.load(Ordering::Relaxed) {
            0 => None,
            known => Some(known),
        };
        self.freeze_if_over(baseline, now).or_else(running)
    }

    /// The frozen value in nanoseconds, which changes no more.
    pub fn freeze_if_over(&self, baseline: &Baseline, now: Offset) -> Option<u64> {
        let frozen = self.frozen_ns.get().copied();
        if frozen.is_some() || now < baseline.to {
            return frozen;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.later.len() < FEWEST {
            // Too few; what the warm-up showed is nearer to the baseline than what a fault shows.
            let warmup = std::mem::take(&mut seen.warmup);
            seen.later.extend(warmup);
        }
        let is_known = seen.later.len() >= FEWEST;
        is_known.then(|| *self.frozen_ns.get_or_init(|| median(&mut seen.later)))
    }

    /// By how much an answer moves the next step: by its own time, or, if it was a stall, by what
    /// was expected. Before anything is known there are no stalls.
    pub fn moves(&self, baseline: &Baseline, now: Offset, response_ns: u64) -> Duration {
        let limit = |expected: u64| 2 * expected + JITTER.as_nanos() as u64;
        match self.at(baseline, now) {
            Some(expected) if response_ns > limit(expected) => Duration::from_nanos(expected),
            _ => Duration::from_nanos(response_ns),
        }
    }
}

/// The upper median; never 0, which means that nothing is known.
fn median(times: &mut [u64]) -> u64 {
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    (*median).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn at_s(s: i64) -> Offset {
        Offset(s * 1_000_000_000)
    }

    fn phase(kind: PhaseKind, from_s: i64, to_s: i64) -> Phase {
        Phase {
            name: kind.name().to_owned(),
            kind,
            from: at_s(from_s),
            to: at_s(to_s),
        }
    }

    fn with_a_fault() -> Baseline {
        Baseline::of(&[
            phase(PhaseKind::Warmup, 0, 2),
            phase(PhaseKind::Baseline, 2, 10),
            phase(PhaseKind::Fault(0), 10, 20),
        ])
    }

    fn teach(time: &ExpectedTime, baseline: &Baseline, at: Offset, ms: u64, times: usize) {
        for _ in 0..times {
            time.learn(baseline, at, ms * MS);
        }
    }

    #[test]
    fn it_is_the_median_of_the_baseline_and_nothing_later_moves_it() {
        let (time, baseline) = (ExpectedTime::default(), with_a_fault());
        assert_eq!(time.at(&baseline, at_s(1)), None);
        teach(&time, &baseline, at_s(1), 50, 100);
        teach(&time, &baseline, at_s(5), 3, 40);
        teach(&time, &baseline, at_s(6), 4, 50);
        assert_eq!(time.freeze_if_over(&baseline, at_s(9)), None);
        assert_eq!(time.freeze_if_over(&baseline, at_s(10)), Some(4 * MS));
        teach(&time, &baseline, at_s(15), 900, 1_000);
        assert_eq!(time.at(&baseline, at_s(19)), Some(4 * MS));
    }

    #[test]
    fn where_the_baseline_shows_too_little_the_warm_up_counts_and_then_what_comes() {
        let baseline = with_a_fault();
        let warm = ExpectedTime::default();
        teach(&warm, &baseline, at_s(1), 5, 60);
        teach(&warm, &baseline, at_s(5), 3, 10);
        assert_eq!(warm.at(&baseline, at_s(10)), Some(5 * MS));
        let cold = ExpectedTime::default();
        teach(&cold, &baseline, at_s(5), 3, 10);
        teach(&cold, &baseline, at_s(15), 70, 19);
        assert_eq!(cold.freeze_if_over(&baseline, at_s(15)), None);
        teach(&cold, &baseline, at_s(15), 70, 1);
        assert_eq!(cold.freeze_if_over(&baseline, at_s(15)), Some(70 * MS));
    }

    #[test]
    fn a_load_without_faults_learns_until_it_has_seen_enough() {
        let baseline = Baseline::of(&[phase(PhaseKind::Steady, 0, 100)]);
        let time = ExpectedTime::default();
        teach(&time, &baseline, at_s(50), 3, ENOUGH - 1);
        assert_eq!(time.freeze_if_over(&baseline, at_s(99)), None);
        teach(&time, &baseline, at_s(50), 3, 1);
        assert_eq!(time.freeze_if_over(&baseline, at_s(50)), Some(3 * MS));
    }

    #[test]
    fn a_ramp_in_steps_learns_from_its_first_step() {
        let baseline = Baseline::of(&[
            phase(PhaseKind::Step(0), 0, 10),
            phase(PhaseKind::Step(1), 10, 20),
        ]);
        let time = ExpectedTime::default();
        teach(&time, &baseline, at_s(5), 3, FEWEST);
        assert_eq!(time.freeze_if_over(&baseline, at_s(10)), Some(3 * MS));
    }

    #[test]
    fn jitter_moves_the_next_step_by_itself_and_a_stall_by_what_was_expected() {
        let (time, baseline) = (ExpectedTime::default(), with_a_fault());
        let moves = |response_ms: u64| time.moves(&baseline, at_s(5), response_ms * MS);
        assert_eq!(moves(400), Duration::from_millis(400));
        teach(&time, &baseline, at_s(5), 20, 1);
        assert_eq!(moves(1), Duration::from_millis(1));
        assert_eq!(moves(50), Duration::from_millis(50));
        assert_eq!(moves(51), Duration::from_millis(20));
    }
}
