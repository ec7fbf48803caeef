//! The latency of the provider: a log-normal distribution with an upper limit.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, LogNormal};
use serde::Deserialize;
use shop_platform::{MountError, duration};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LatencySettings {
    #[serde(deserialize_with = "duration::deserialize")]
    median: Duration,
    sigma: f64,
    #[serde(deserialize_with = "duration::deserialize")]
    longest: Duration,
}

/// A seeded sequence of latencies: the n-th answer of two equal runs has the same latency.
pub(crate) struct Latency {
    distribution: LogNormal<f64>,
    longest: Duration,
    draws: Mutex<ChaCha8Rng>,
}

impl Latency {
    /// The median of a log-normal distribution is `exp(mu)`.
    pub(crate) fn new(settings: &LatencySettings, draws: ChaCha8Rng) -> Result<Self, MountError> {
        let mu = settings.median.as_secs_f64().max(f64::MIN_POSITIVE).ln();
        let distribution =
            LogNormal::new(mu, settings.sigma).map_err(|error| MountError::Other {
                what: "the latency distribution",
                reason: error.to_string(),
            })?;
        Ok(Self {
            distribution,
            longest: settings.longest,
            draws: Mutex::new(draws),
        })
    }

    pub(crate) fn draw(&self) -> Duration {
        let mut draws = self.draws.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = self.distribution.sample(&mut *draws);
        Duration::try_from_secs_f64(seconds).map_or(self.longest, |drawn| drawn.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng as _;

    fn thousand_draws(seed: u64) -> Vec<Duration> {
        let settings = LatencySettings {
            median: Duration::from_millis(20),
            sigma: 0.4,
            longest: Duration::from_millis(45),
        };
        let latency = Latency::new(&settings, ChaCha8Rng::seed_from_u64(seed)).unwrap();
        (0..1_000).map(|_| latency.draw()).collect()
    }

    #[test]
    fn half_of_the_answers_are_faster_than_the_median() {
        let draws = thousand_draws(1);
        let faster = draws
            .iter()
            .filter(|draw| **draw < Duration::from_millis(20))
            .count();
        assert!((450..=550).contains(&faster), "{faster}");
    }

    #[test]
    fn no_latency_exceeds_the_limit() {
        let draws = thousand_draws(2);
        assert_eq!(draws.iter().max(), Some(&Duration::from_millis(45)));
    }

    #[test]
    fn the_same_seed_draws_the_same_latencies() {
        assert_eq!(thousand_draws(3), thousand_draws(3));
        assert_ne!(thousand_draws(3), thousand_draws(4));
    }
}
