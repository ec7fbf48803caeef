//! When to try again, and how long to wait before.
//!
//! Retries multiply load exactly when there is too much of it, so they live on a budget: every call
//! earns a fraction of a retry, and when the budget is spent, failures are final.

use crate::{RemoteError, RemoteKind};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use shop_contracts::ErrorCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(400);
/// For how many calls a budget saves up retries.
const SAVINGS_CALLS: f64 = 100.0;

/// A token bucket of retries for one callee, filled by its calls.
#[derive(Debug)]
pub struct RetryBudget {
    /// Retries earned by a call.
    share: f64,
    saved: Mutex<f64>,
}

impl RetryBudget {
    /// A budget that allows this share of retries in the long run; it starts full.
    #[must_use]
    pub fn new(share: f64) -> Self {
        Self {
            share,
            saved: Mutex::new(share * SAVINGS_CALLS),
        }
    }

    /// A call was made.
    pub fn earn(&self) {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        *saved = (*saved + self.share).min(self.share * SAVINGS_CALLS);
    }

    /// Whether one more retry is affordable; it is paid for then.
    pub fn spend(&self) -> bool {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let affordable = *saved >= 1.0;
        if affordable {
            *saved -= 1.0;
        }
        affordable
    }
}

/// Whether another attempt may succeed: the callee did not answer, or said that it cannot now. What
/// our own breaker or bulkhead refused is not tried again.
#[must_use]
pub fn worth_another_try(error: &RemoteError) -> bool {
    match error.kind {
        RemoteKind::Refused | RemoteKind::Reset | RemoteKind::Timeout => true,
        RemoteKind::Answered(code) => {
            matches!(code, ErrorCode::Unavailable | ErrorCode::Deadline)
        }
        RemoteKind::BreakerOpen
        | RemoteKind::Bulkhead
        | RemoteKind::NotAllowed
        | RemoteKind::Garbled => false,
    }
}

/// Exponential backoff with full jitter: uniform between nothing and a ceiling that doubles.
/// (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
#[derive(Debug)]
pub struct Backoff(Mutex<ChaCha8Rng>);

impl Default for Backoff {
    fn default() -> Self {
        let mut system = rand::rngs::SysRng;
        let draws = ChaCha8Rng::try_from_rng(&mut system)
            .unwrap_or_else(|_| ChaCha8Rng::seed_from_u64(std::process::id().into()));
        Self(Mutex::new(draws))
    }
}

impl Backoff {
    /// How long to wait before the `retry`-th retry, counted from 1.
    pub fn wait(&self, retry: u32) -> Duration {
        let mut draws = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ceiling(retry).mul_f64(draws.random_range(0.0..=1.0))
    }
}

fn ceiling(retry: u32) -> Duration {
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(retry.saturating_sub(1)))
        .min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_long_run_retries_stay_within_their_share() {
        let budget = RetryBudget::new(0.1);
        let mut retries = 0;
        for _ in 0..10_000 {
            budget.earn();
            retries += u32::from(budget.spend());
        }
        let savings = 10;
        assert!((1_000..=1_000 + savings).contains(&retries), "{retries}");
    }

    #[test]
    fn a_budget_of_nothing_forbids_retries() {
        let budget = RetryBudget::new(0.0);
        (0..1_000).for_each(|_| budget.earn());
        assert!(!budget.spend());
    }

    #[test]
    fn waits_double_until_they_reach_the_longest() {
        let ceilings: Vec<_> = (1..=7).map(|retry| ceiling(retry).as_millis()).collect();
        assert_eq!(ceilings, [25, 50, 100, 200, 400, 400, 400]);
    }

    #[test]
    fn every_wait_is_below_its_ceiling() {
        let backoff = Backoff::default();
        for retry in 1..=6 {
            assert!((0..100).all(|_| backoff.wait(retry) <= ceiling(retry)));
        }
    }
}
