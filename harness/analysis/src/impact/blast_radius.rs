//! The blast radius of a fault: operations that failed more often or became slower than before it,
//! and those that did neither. It knows when the fault was on, not what it was.

use std::collections::BTreeMap;

use harness_model::report::Harm;
use harness_model::{RunData, Sample, Sym};

use crate::run::samples::is_good;
use crate::run::windows::{Window, Windows};
use crate::stats::order::nearest_rank;
use crate::stats::proportions::{deviation, pooled_deviation};

/// A difference counts from this many standard deviations.
const SIGNIFICANT: f64 = 3.0;
/// A rise of the failed share by less than one percentage point is not harm.
const MATERIAL_SHARE: f64 = 0.01;
/// Share of successes above their own 95th percentile.
const EXPECTED: f64 = 0.05;
/// Slower means: at least this share of the successes exceed what one in twenty exceeded before ...
const SLOW_SHARE: f64 = 0.25;
/// ... and the median grew by at least this factor.
const SLOW_FACTOR: f64 = 1.5;
/// Fewer successes than this say nothing about a distribution.
const FEW: usize = 5;

/// Operations harmed, and operations asked and not harmed. An operation that was not asked while
/// the fault was on is in neither.
pub struct BlastRadius {
    pub harmed: Vec<Harm>,
    pub contained: Vec<String>,
}

pub fn blast_radius(run: &RunData, windows: &Windows) -> BlastRadius {
    let before = outcomes(run, windows.before);
    let during = outcomes(run, windows.during);
    let nothing = Outcomes::default();
    let mut radius = BlastRadius {
        harmed: Vec::new(),
        contained: Vec::new(),
    };
    let mut asked: Vec<(&str, &Outcomes, &Outcomes)> = during
        .iter()
        .map(|(operation, during)| {
            let before = before.get(operation).unwrap_or(&nothing);
            (run.strings.name(*operation), before, during)
        })
        .collect();
    asked.sort_unstable_by_key(|(name, ..)| *name);
    for (name, before, during) in asked {
        if fails_more(before, during) || is_slower(before, during) {
            radius.harmed.push(Harm {
                operation: name.to_owned(),
                failed_before: before.failed_share(),
                failed_during: during.failed_share(),
                p50_before_ms: before.quantile_ms(0.5),
                p50_during_ms: during.quantile_ms(0.5),
            });
        } else {
            radius.contained.push(name.to_owned());
        }
    }
    radius
}

/// How the requests of one operation ended in a window.
#[derive(Default)]
struct Outcomes {
    failed: usize,
    /// Response times of the successes, ascending.
    response_ns: Vec<u64>,
}

impl Outcomes {
    fn asked(&self) -> usize {
        self.failed + self.response_ns.len()
    }

    fn failed_share(&self) -> f64 {
        self.failed as f64 / self.asked().max(1) as f64
    }

    fn quantile(&self, q: f64) -> Option<u64> {
        nearest_rank(&self.response_ns, q)
    }

    fn quantile_ms(&self, q: f64) -> Option<f64> {
        self.quantile(q).map(|ns| ns as f64 / 1e6)
    }
}

fn outcomes(run: &RunData, window: Window) -> BTreeMap<Sym, Outcomes> {
    let mut all: BTreeMap<Sym, Outcomes> = BTreeMap::new();
    let within = |sample: &&Sample| window.from <= sample.intended && sample.intended < window.to;
    for sample in run.samples.iter().filter(within) {
        let outcomes = all.entry(sample.operation).or_default();
        if is_good(run, sample) {
            outcomes.response_ns.push(sample.response_ns());
        } else {
            outcomes.failed += 1;
        }
    }
    for outcomes in all.values_mut() {
        outcomes.response_ns.sort_unstable();
    }
    all
}

/// A two-proportion z-test of the failed shares.
fn fails_more(before: &Outcomes, during: &Outcomes) -> bool {
    let (n0, n1) = (before.asked() as f64, during.asked() as f64);
    if before.asked() == 0 {
        return during.failed > 0;
    }
    let failed = [before.failed as f64, during.failed as f64];
    let deviation = pooled_deviation(failed, [n0, n1]);
    let more = during.failed_share() - before.failed_share();
    more > MATERIAL_SHARE && more > SIGNIFICANT * deviation
}

/// A two-proportion test of the successes above the earlier 95th percentile against [`EXPECTED`].
fn is_slower(before: &Outcomes, during: &Outcomes) -> bool {
    let (n0, n1) = (before.response_ns.len(), during.response_ns.len());
    let (Some(limit), Some(usual), Some(now)) = (
        before.quantile(1.0 - EXPECTED),
        before.quantile(0.5),
        during.quantile(0.5),
    ) else {
        return false;
    };
    if n0.min(n1) < FEW {
        return false;
    }
    let slow = n1 - during.response_ns.partition_point(|ns| *ns <= limit);
    let share = slow as f64 / n1 as f64;
    let chance = deviation(EXPECTED, n0 as f64, n1 as f64);
    share >= SLOW_SHARE
        && share - EXPECTED > SIGNIFICANT * chance
        && now as f64 >= SLOW_FACTOR * usual as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(failed: usize, response_ms: impl IntoIterator<Item = u64>) -> Outcomes {
        let mut response_ns: Vec<u64> = response_ms.into_iter().map(|ms| ms * 1_000_000).collect();
        response_ns.sort_unstable();
        Outcomes {
            failed,
            response_ns,
        }
    }

    #[test]
    fn an_operation_that_only_became_slower_is_harmed() {
        let before = outcomes(0, 50..150);
        assert!(is_slower(&before, &outcomes(0, 350..380)));
        assert!(!is_slower(&before, &outcomes(0, 50..150)));
    }

    #[test]
    fn a_few_slow_ones_more_are_no_harm() {
        let before = outcomes(0, 50..150);
        let during = outcomes(0, (50..140).chain(300..310));
        assert!(!is_slower(&before, &during));
    }

    #[test]
    fn too_few_answers_say_nothing() {
        assert!(!is_slower(&outcomes(0, 50..150), &outcomes(0, 900..903)));
    }

    #[test]
    fn failures_count_when_they_are_more_than_chance() {
        let before = outcomes(1, 1..100);
        assert!(fails_more(&before, &outcomes(20, 1..30)));
        assert!(!fails_more(&before, &outcomes(1, 1..30)));
        assert!(fails_more(&outcomes(0, []), &outcomes(1, [])));
    }
}
