//! The blast radius of a fault: operations that failed more often or became slower than before it,
//! those that did neither, and those of which too little was seen to tell.
//!
//! It counts from the moment of sending: a step that was sent late because an earlier one was held
//! up is not harmed by that. What was never sent, because no user was free, is no operation's own
//! failure. It knows when the fault was on, not what it was.

use std::collections::BTreeMap;

use harness_model::report::Harm;
use harness_model::{ErrorClass, RunData, Sample, Sym};

use super::band::SLOW_SHARE;
use super::indicator::{Learned, Usual, limit};
use crate::run::windows::{Period, Windows};
use crate::stats::beta_binomial::Expected;
use crate::stats::order::nearest_rank;

/// The chance that a fault which does nothing is said to harm any operation.
const FALSE_ALARMS: f64 = 0.01;
/// A rise of the failed share by less than one percentage point is not harm.
const MATERIAL_SHARE: f64 = 0.01;
/// Fewer successes than this say nothing about a distribution.
const FEW: usize = 5;
/// An operation is unharmed if it would have been noticed that this share more of its requests ...
const NOTICED_SHARE: f64 = 1.0 / 3.0;
/// ... failed or were slow, with at least this chance.
const POWER: f64 = 0.8;

/// Every operation that was asked before the fault or while it was on is in one of the lists.
#[derive(Default)]
pub struct BlastRadius {
    pub harmed: Vec<Harm>,
    pub contained: Vec<String>,
    pub unseen: Vec<String>,
    /// Requests that were due while the fault was on and were never sent.
    pub starved: u64,
}

/// `usual` is what the whole run's baseline showed, `buckets` how many of its buckets the fault was
/// on for.
pub fn blast_radius(
    run: &RunData,
    windows: &Windows,
    usual: &Usual,
    buckets: usize,
) -> BlastRadius {
    let [before, during] = outcomes(run, windows);
    let nothing = Outcomes::default();
    let names: BTreeMap<&str, Sym> = before
        .keys()
        .chain(during.keys())
        .map(|operation| (run.strings.name(*operation), *operation))
        .collect();
    let even = |learned: Option<Learned>| {
        learned.map_or(0.0, |one| one.correlation) / buckets.max(1) as f64
    };
    let test = Test {
        chance: FALSE_ALARMS / (2 * names.len().max(1)) as f64,
        failed_together: even(usual.bad),
        slow_together: even(usual.slow),
        deadline_ns: run.plan.judgement.deadline_ns,
        elsewhere: usual.bad.map(|learned| learned.expected(buckets)),
    };
    let mut radius = BlastRadius::default();
    for (name, operation) in names {
        let before = before.get(&operation).unwrap_or(&nothing);
        let during = during.get(&operation).unwrap_or(&nothing);
        let pair = Pair { before, during };
        if test.fails_more(pair) || test.is_slower(pair) {
            radius
                .harmed
                .push(harm(name, pair, before.limit(test.deadline_ns)));
        } else if test.would_notice(pair) {
            radius.contained.push(name.to_owned());
        } else {
            radius.unseen.push(name.to_owned());
        }
    }
    let starved = run.unsent.iter().filter(|sample| {
        sample.error == ErrorClass::NotSent && windows.during.holds(sample.intended)
    });
    radius.starved = starved.count() as u64;
    radius
}

fn harm(name: &str, Pair { before, during }: Pair<'_>, limit: Option<u64>) -> Harm {
    Harm {
        operation: name.to_owned(),
        failed_before: before.failed_share(),
        failed_during: during.failed_share(),
        slow_before: before.slow_share(limit),
        slow_during: during.slow_share(limit),
        p50_before_ms: before.median_ms(),
        p50_during_ms: during.median_ms(),
    }
}

/// How the requests of one operation ended in a window.
#[derive(Default)]
struct Outcomes {
    failed: usize,
    /// Service times of the successes, ascending.
    service_ns: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Pair<'a> {
    before: &'a Outcomes,
    during: &'a Outcomes,
}

impl Outcomes {
    fn asked(&self) -> usize {
        self.failed + self.service_ns.len()
    }

    fn failed_share(&self) -> f64 {
        self.failed as f64 / self.asked().max(1) as f64
    }

    fn median_ms(&self) -> Option<f64> {
        nearest_rank(&self.service_ns, 0.5).map(|ns| ns as f64 / 1e6)
    }

    /// Above it a success is slow; `None` where nothing succeeded.
    fn limit(&self, deadline_ns: u64) -> Option<u64> {
        (!self.service_ns.is_empty()).then(|| limit(&self.service_ns, deadline_ns))
    }

    fn slow(&self, limit: u64) -> usize {
        self.service_ns.len() - self.service_ns.partition_point(|ns| *ns <= limit)
    }

    fn slow_share(&self, limit: Option<u64>) -> f64 {
        limit.map_or(0.0, |limit| {
            self.slow(limit) as f64 / self.service_ns.len().max(1) as f64
        })
    }
}

/// Before and during. What was under way when the fault began belongs to it.
fn outcomes(run: &RunData, windows: &Windows) -> [BTreeMap<Sym, Outcomes>; 2] {
    let deadline_ns = run.plan.judgement.deadline_ns;
    let mut all: [BTreeMap<Sym, Outcomes>; 2] = Default::default();
    let period = |sample: &Sample| windows.period(sample.sent, sample.done);
    for sample in &run.samples {
        let Some(period) = period(sample) else {
            continue;
        };
        let outcomes = all[usize::from(period == Period::During)]
            .entry(sample.operation)
            .or_default();
        if sample.ok() && sample.service_ns() <= deadline_ns {
            outcomes.service_ns.push(sample.service_ns());
        } else {
            outcomes.failed += 1;
        }
    }
    for outcomes in all.iter_mut().flat_map(BTreeMap::values_mut) {
        outcomes.service_ns.sort_unstable();
    }
    all
}

/// Whether the requests while a fault was on are more harmed than those before let expect, by one
/// test of the failures and one of the slow answers for each operation.
struct Test {
    /// The chance of each to be wrong where nothing acted.
    chance: f64,
    /// Correlations of the requests of one window.
    failed_together: f64,
    slow_together: f64,
    deadline_ns: u64,
    /// The failures of all operations before: all that is known of one that was never asked then.
    elsewhere: Option<Expected>,
}

impl Test {
    fn failures(&self, before: &Outcomes) -> Expected {
        let (hits, n) = (before.failed as f64, before.asked() as f64);
        Expected::after(hits, n, self.failed_together)
    }

    fn slow(&self, before: &Outcomes) -> Option<(u64, Expected)> {
        let limit = before.limit(self.deadline_ns)?;
        let (hits, n) = (before.slow(limit) as f64, before.service_ns.len() as f64);
        Some((limit, Expected::after(hits, n, self.slow_together)))
    }

    fn fails_more(&self, Pair { before, during }: Pair<'_>) -> bool {
        if before.asked() == 0 {
            let (failed, asked) = (during.failed as u64, during.asked() as u64);
            let tail = |elsewhere: Expected| elsewhere.tail(failed, asked);
            return failed > 0 && self.elsewhere.is_none_or(|one| tail(one) <= self.chance);
        }
        let more = during.failed_share() - before.failed_share();
        let chance = || {
            self.failures(before)
                .tail(during.failed as u64, during.asked() as u64)
        };
        more > MATERIAL_SHARE && chance() <= self.chance
    }

    fn is_slower(&self, Pair { before, during }: Pair<'_>) -> bool {
        let Some((limit, expected)) = self.slow(before) else {
            return false;
        };
        let (slow, n) = (during.slow(limit), during.service_ns.len());
        n.min(before.service_ns.len()) >= FEW
            && slow as f64 >= SLOW_SHARE * n as f64
            && expected.tail(slow as u64, n as u64) <= self.chance
    }

    /// Whether both tests would have found [`NOTICED_SHARE`] of the requests hit, with [`POWER`].
    fn would_notice(&self, Pair { before, during }: Pair<'_>) -> bool {
        let asked = during.asked() as u64;
        let least = (asked as f64 * (before.failed_share() + MATERIAL_SHARE)) as u64 + 1;
        let failures = self.power(&self.failures(before), asked, least);
        let slow = self.slow(before).map_or(0.0, |(_, expected)| {
            let answered = during.service_ns.len() as u64;
            let least = (answered as f64 * SLOW_SHARE).ceil() as u64;
            self.power(&expected, answered, least)
        });
        failures >= POWER && slow >= POWER
    }

    /// The chance that at least as many of `n` are hit as it takes for the test, if the share that
    /// is to be noticed is hit on top of what is expected.
    fn power(&self, expected: &Expected, n: u64, least: u64) -> f64 {
        let hit = (expected.mean() + NOTICED_SHARE).min(1.0);
        let needed = expected.critical(n, self.chance, least);
        needed.map_or(0.0, |needed| Expected::known(hit).tail(needed, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: Test = Test {
        chance: 1e-3,
        failed_together: 0.0,
        slow_together: 0.0,
        deadline_ns: 1_000_000_000,
        elsewhere: None,
    };

    fn outcomes(failed: usize, service_ms: impl IntoIterator<Item = u64>) -> Outcomes {
        let mut service_ns: Vec<u64> = service_ms.into_iter().map(|ms| ms * 1_000_000).collect();
        service_ns.sort_unstable();
        Outcomes { failed, service_ns }
    }

    fn is_slower(before: &Outcomes, during: &Outcomes) -> bool {
        TEST.is_slower(Pair { before, during })
    }

    fn fails_more(before: &Outcomes, during: &Outcomes) -> bool {
        TEST.fails_more(Pair { before, during })
    }

    fn would_notice(before: &Outcomes, during: &Outcomes) -> bool {
        TEST.would_notice(Pair { before, during })
    }

    #[test]
    fn an_operation_that_only_became_slower_is_harmed() {
        let before = outcomes(0, 50..150);
        assert!(is_slower(&before, &outcomes(0, 350..380)));
        assert!(!is_slower(&before, &outcomes(0, 50..150)));
    }

    #[test]
    fn a_third_of_slow_answers_is_harm_though_the_median_stays() {
        let before = outcomes(0, 50..150);
        let during = outcomes(0, (50..116).chain(300..333));
        assert!(is_slower(&before, &during));
    }

    #[test]
    fn a_few_slow_ones_more_are_no_harm() {
        let before = outcomes(0, 50..150);
        let during = outcomes(0, (50..140).chain(300..310));
        assert!(!is_slower(&before, &during));
    }

    #[test]
    fn a_rise_by_less_than_half_of_the_median_is_no_harm() {
        let before = outcomes(0, std::iter::repeat_n(100, 100));
        assert!(!is_slower(
            &before,
            &outcomes(0, std::iter::repeat_n(149, 100))
        ));
        assert!(is_slower(
            &before,
            &outcomes(0, std::iter::repeat_n(151, 100))
        ));
    }

    #[test]
    fn a_rise_by_less_than_a_hundredth_of_the_deadline_is_no_harm() {
        let before = outcomes(0, std::iter::repeat_n(4, 100));
        let all = |ms| outcomes(0, std::iter::repeat_n(ms, 100));
        assert!(!is_slower(&before, &all(14)));
        assert!(is_slower(&before, &all(15)));
    }

    #[test]
    fn too_few_answers_say_nothing() {
        let before = outcomes(0, 50..150);
        let during = outcomes(0, 900..903);
        assert!(!is_slower(&before, &during));
        assert!(!would_notice(&before, &during));
    }

    #[test]
    fn failures_count_when_they_are_more_than_chance() {
        let before = outcomes(1, 1..100);
        assert!(fails_more(&before, &outcomes(20, 1..30)));
        assert!(!fails_more(&before, &outcomes(1, 1..30)));
        assert!(fails_more(&outcomes(0, []), &outcomes(1, [])));
    }

    #[test]
    fn what_was_never_asked_before_is_judged_by_how_all_others_failed() {
        let test = Test {
            elsewhere: Some(Expected::after(40.0, 1000.0, 0.0)),
            ..TEST
        };
        let nothing = outcomes(0, []);
        let fails_more = |during: &Outcomes| {
            let before = &nothing;
            test.fails_more(Pair { before, during })
        };
        assert!(!fails_more(&outcomes(1, [])));
        assert!(fails_more(&outcomes(3, [])));
    }

    #[test]
    fn one_quiet_request_does_not_show_that_an_operation_is_contained() {
        let before = outcomes(0, 50..150);
        assert!(!would_notice(&before, &outcomes(0, [60])));
        assert!(!would_notice(&before, &outcomes(0, 60..70)));
        assert!(would_notice(&before, &outcomes(0, 50..100)));
        assert!(!would_notice(&outcomes(0, []), &outcomes(0, 50..100)));
    }

    /// The oracle of the power: of simulated operations of which a third more of the requests are
    /// hit, both tests find as many as promised, at the smallest number that is called enough.
    #[test]
    fn what_is_called_enough_finds_four_of_five_harmed_operations() {
        let before = outcomes(0, 50..150);
        let enough = (1..100)
            .find(|n| would_notice(&before, &outcomes(0, std::iter::repeat_n(60, *n))))
            .expect("some number is enough");
        let mut state = 7_u64;
        let mut hit = |expected: Expected| {
            let mut drawn = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31)
            };
            let share = expected.mean() + NOTICED_SHARE;
            (0..enough).filter(|_| drawn() < share).count()
        };
        let (failures, slow) = (TEST.failures(&before), TEST.slow(&before));
        let (mut failing, mut slower) = (0, 0);
        for _ in 0..2000 {
            let hits = hit(failures);
            let quiet = std::iter::repeat_n(60, enough - hits);
            failing += usize::from(fails_more(&before, &outcomes(hits, quiet)));
            let hits = hit(slow.expect("there are answers").1);
            let answers = std::iter::repeat_n(60, enough - hits);
            let answers = answers.chain(std::iter::repeat_n(900, hits));
            slower += usize::from(is_slower(&before, &outcomes(0, answers)));
        }
        // Two standard deviations of chance below 1600.
        let least = 1564;
        assert!(
            failing >= least && slower >= least,
            "{enough}: {failing} {slower}"
        );
    }
}
