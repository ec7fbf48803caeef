//! Limits the request rate of each client with a bucket that refills steadily (GCRA). It must not
//! know HTTP.

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use std::num::NonZeroU32;
use std::time::Duration;

/// How often full buckets are dropped.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

/// The buckets of all clients; none when there is no limit.
pub(crate) struct Limiter(Option<DefaultKeyedRateLimiter<String>>);

impl Limiter {
    /// 0 requests a second is no limit.
    pub(crate) fn new(requests_per_second: u32, burst: u32) -> Self {
        let quota = NonZeroU32::new(requests_per_second).map(|rate| {
            let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
            Quota::per_second(rate).allow_burst(burst)
        });
        Self(quota.map(DefaultKeyedRateLimiter::keyed))
    }

    /// Takes one request out of a client's bucket, or returns how long the client must wait.
    pub(crate) fn take(&self, client: impl FnOnce() -> String) -> Result<(), Duration> {
        let Some(buckets) = &self.0 else {
            return Ok(());
        };
        let now = || DefaultClock::default().now();
        let too_soon = |not_until: governor::NotUntil<_>| not_until.wait_time_from(now());
        buckets.check_key(&client()).map_err(too_soon)
    }

    /// Drops the buckets of idle clients, for as long as it runs.
    pub(crate) async fn forget_idle(&self) {
        let mut tick = tokio::time::interval(CLEANUP_INTERVAL);
        loop {
            tick.tick().await;
            if let Some(buckets) = &self.0 {
                buckets.retain_recent();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_a_bucket_of_its_own() {
        let limiter = Limiter::new(1, 2);
        let takes = ["a", "a", "a", "b"].map(|client| limiter.take(|| client.to_owned()).is_ok());
        assert_eq!(takes, [true, true, false, true]);
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let limiter = Limiter::new(0, 1);
        assert!((0..1000).all(|_| limiter.take(String::new).is_ok()));
    }
}
