//! Response times as histograms, and what may be read off them.
//!
//! Successes and failures never share one; a quantile needs 10/(1-q) samples.

use harness_model::report::Quantiles;
use hdrhistogram::Histogram;

use super::order::enough;

/// Ten minutes; whatever is slower counts as this.
const HIGHEST_US: u64 = 600_000_000;

/// Response or service times in microseconds, three significant digits.
/// Its memory grows with the slowest: 180 KB for ten minutes, a tenth of that for a few ms.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

/// As it is counted: whole microseconds within the bounds.
fn micros(ns: u64) -> u64 {
    (ns / 1000).clamp(1, HIGHEST_US)
}

/// The time in ms, no finer and no longer than a histogram counts it.
pub fn counted_ms(ns: u64) -> f64 {
    micros(ns) as f64 / 1e3
}

impl Default for Latencies {
    fn default() -> Latencies {
        Latencies(Histogram::new(3).expect("three digits are valid"))
    }
}

impl Latencies {
    pub fn record_ns(&mut self, ns: u64) {
        self.0.record(micros(ns)).expect("it resizes itself");
    }

    pub fn n(&self) -> u64 {
        self.0.len()
    }

    /// In ms; `None` with too few samples to say.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        if self.0.is_empty() {
            return None;
        }
        if q >= 1.0 {
            return Some(self.0.max() as f64 / 1e3);
        }
        enough(self.n(), q).then(|| self.0.value_at_quantile(q) as f64 / 1e3)
    }

    pub fn quantiles(&self) -> Quantiles {
        Quantiles {
            p50: self.quantile_ms(0.5),
            p90: self.quantile_ms(0.9),
            p95: self.quantile_ms(0.95),
            p99: self.quantile_ms(0.99),
            p999: self.quantile_ms(0.999),
            max: self.quantile_ms(1.0),
        }
    }

    /// The time of this rank in ms, the fastest being 1.
    pub fn at_rank_ms(&self, rank: u64) -> f64 {
        // Half a rank below: a product that is rounded up must not become the next rank.
        let quantile = (rank as f64 - 0.5) / self.n().max(1) as f64;
        self.0.value_at_quantile(quantile) as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_without_enough_samples_is_no_number() {
        let mut latencies = Latencies::default();
        (0..999).for_each(|i| latencies.record_ns(i * 1_000_000));
        assert_eq!(latencies.quantile_ms(0.99), None);
        latencies.record_ns(1_000_000_000);
        assert!(latencies.quantile_ms(0.99).is_some());
        assert_eq!(Latencies::default().quantile_ms(1.0), None);
    }

    #[test]
    fn every_rank_has_its_own_value() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|i| latencies.record_ns(i * 1_000_000));
        for rank in [1, 2, 29, 500, 580, 999, 1000] {
            let found = latencies.at_rank_ms(rank);
            assert!((found / rank as f64 - 1.0).abs() < 1e-3, "{rank}: {found}");
        }
    }
}
