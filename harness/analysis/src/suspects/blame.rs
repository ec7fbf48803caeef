//! From the books to evidence against each service and call path.
//!
//! Owns the differences between the two times and the sentences that carry their numbers. It must
//! not know how evidence is weighed.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::Sym;

use super::calls::{Books, Calls, Traffic};
use super::health::Health;
use super::robust::{CHANCE, Sum, median};
use super::spread::{Harm, Share, share};
use super::{Blame, Seen, Way};

/// What speaks against one service or call path.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// More requests than before that began to fail here, as a share of all requests.
    pub errors: f64,
    /// More time than before on the critical path, ns for each request.
    pub time_ns: f64,
    /// Share of its readings that no longer come, 0..=1.
    pub absent: f64,
    pub restarted: bool,
    /// Robust deviations by which it uses more than before.
    pub rise: f64,
    pub why: Vec<String>,
}

/// All evidence, and the measure of it.
#[derive(Debug, Default)]
pub struct Case {
    pub against: BTreeMap<Blame, Evidence>,
    /// Mean length of a critical path in normal times, ns.
    pub usual_ns: f64,
    /// All that [`Evidence::errors`] and [`Evidence::time_ns`] are shares of.
    pub errors: f64,
    pub time_ns: f64,
}

fn per(sum: f64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { sum / n as f64 }
}

pub fn evidence(seen: &Seen<'_>, calls: &Calls, health: &BTreeMap<Sym, Health>) -> Case {
    let mut case = Case {
        usual_ns: per(calls.before.path_ns as f64, calls.before.requests),
        ..Case::default()
    };
    let ways = Ways::of(calls);
    for way in ways.all.keys() {
        ways.accuse(seen, *way, health, &mut case);
    }
    origins(seen, calls, &ways, health, &mut case);
    work(calls, &mut case);
    for (service, health) in health {
        condition(*service, health, &mut case);
    }
    case
}

/// Both times of each way, side by side.
struct Ways<'a> {
    all: BTreeMap<Way, [&'a Traffic; 2]>,
    /// Way -> calls during, and the share of them with no answer beyond that of before.
    silence: BTreeMap<Way, (u64, f64)>,
    /// Way -> answers during, and ns on the way beyond those of before.
    delay: BTreeMap<Way, (u64, f64)>,
    requests: u64,
}

/// Share of calls that had no answer; those that were not even tried count half.
fn silent(traffic: &Traffic) -> f64 {
    per(
        traffic.unanswered as f64 + 0.5 * traffic.stopped as f64,
        traffic.calls,
    )
}

impl<'a> Ways<'a> {
    fn of(calls: &'a Calls) -> Ways<'a> {
        static NOTHING: Traffic = Traffic {
            calls: 0,
            unanswered: 0,
            stopped: 0,
            answered: 0,
            waited: Sum::ZERO,
            travelled: Sum::ZERO,
            lags: Vec::new(),
        };
        let (before, during) = (&calls.before.ways, &calls.during.ways);
        let all: BTreeMap<Way, [&Traffic; 2]> = during
            .iter()
            .map(|(way, now)| (*way, [before.get(way).unwrap_or(&NOTHING), now]))
            .collect();
        let silence = |[old, now]: &[&Traffic; 2]| (silent(now) - silent(old)).max(0.0);
        let delay = |[old, now]: &[&Traffic; 2]| {
            now.travelled
                .above(now.answered, &old.travelled, old.answered)
        };
        Ways {
            silence: all
                .iter()
                .map(|(way, both)| (*way, (both[1].calls, silence(both))))
                .collect(),
            delay: all
                .iter()
                .map(|(way, both)| (*way, (both[1].answered, delay(both))))
                .collect(),
            all,
            requests: calls.during.requests,
        }
    }

    fn share(&self, way: Way, health: &BTreeMap<Sym, Health>, harm: Harm) -> Share {
        let harms = match harm {
            Harm::Silence => &self.silence,
            Harm::Delay => &self.delay,
        };
        share(way, harms, health.get(&way.callee), harm)
    }

    /// Time lost on a way, to path and callee.
    fn accuse(&self, seen: &Seen<'_>, way: Way, health: &BTreeMap<Sym, Health>, case: &mut Case) {
        let [old, now] = self.all[&way];
        let waited = now.waited.above(now.calls, &old.waited, old.calls) * now.calls as f64;
        let (_, silence) = self.silence[&way];
        let mut why = Vec::new();
        if silence > 0.02 {
            why.extend(silence_text(seen, way, old, now));
        }
        self.divide(way, health, Harm::Silence, waited, why, case);
        let (answered, delay) = self.delay[&way];
        let why = delay_text(seen, way, old, now).into_iter().collect();
        let travelled = delay * answered as f64;
        self.divide(way, health, Harm::Delay, travelled, why, case);
    }

    fn divide(
        &self,
        way: Way,
        health: &BTreeMap<Sym, Health>,
        harm: Harm,
        lost_ns: f64,
        why: Vec<String>,
        case: &mut Case,
    ) {
        let share = self.share(way, health, harm);
        let each = per(lost_ns, self.requests);
        case.time_ns += each;
        for (blame, part) in [
            (Blame::Way(way), share.path),
            (Blame::Service(way.callee), share.callee),
        ] {
            let against = case.against.entry(blame).or_default();
            against.time_ns += each * part;
            against.why.extend(why.iter().cloned());
        }
    }
}

fn silence_text(seen: &Seen<'_>, way: Way, old: &Traffic, now: &Traffic) -> Vec<String> {
    let (caller, callee) = (seen.name(way.caller), seen.name(way.callee));
    let line = |n: u64, before: u64, what: &str| {
        (n > 0).then(|| {
            format!(
                "{n} of {} calls from {caller} to {callee} {what} (baseline {before} of {})",
                now.calls, old.calls
            )
        })
    };
    [
        line(now.unanswered, old.unanswered, "had no answer"),
        line(
            now.stopped,
            old.stopped,
            "were held back by an open breaker or a full bulkhead",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Only where the typical call got slower by half and by a millisecond.
fn delay_text(seen: &Seen<'_>, way: Way, old: &Traffic, now: &Traffic) -> Option<String> {
    let middle = |one: &Traffic| median(one.lags.iter().map(|ns| *ns as f64 / 1e6).collect());
    let (before, after) = (middle(old).unwrap_or(0.0), middle(now)?);
    (after > before * 1.5 && after > before + 1.0).then(|| {
        format!(
            "calls from {} to {} spent {after:.1} ms on the way (median; baseline {before:.1} ms)",
            seen.name(way.caller),
            seen.name(way.callee)
        )
    })
}

/// Where requests began to fail, beyond what chance explains: [`CHANCE`] standard deviations of the
/// difference of the two shares are taken off.
fn origins(
    seen: &Seen<'_>,
    calls: &Calls,
    ways: &Ways<'_>,
    health: &BTreeMap<Sym, Health>,
    case: &mut Case,
) {
    let Calls { before, during } = calls;
    let failed = |books: &Books, blame: &Blame| books.origins.get(blame).copied().unwrap_or(0.0);
    for blame in during.origins.keys() {
        let (old, now) = (failed(before, blame), failed(during, blame));
        let (n0, n1) = (before.requests.max(1) as f64, during.requests.max(1) as f64);
        let pooled = ((old + now) / (n0 + n1)).min(1.0);
        let chance = (pooled * (1.0 - pooled) * (1.0 / n0 + 1.0 / n1)).sqrt();
        let excess = (now / n1 - old / n0 - CHANCE * chance).max(0.0);
        case.errors += excess;
        let parts = match *blame {
            Blame::Service(service) => {
                if excess > 0.0 {
                    let text = format!(
                        "in {now:.0} of {} requests the failure began in {} (baseline {old:.0} of \
                         {})",
                        during.requests,
                        seen.name(service),
                        before.requests
                    );
                    case.against.entry(*blame).or_default().why.push(text);
                }
                vec![(*blame, 1.0)]
            }
            Blame::Way(way) => {
                let slow = ways
                    .silence
                    .get(&way)
                    .is_none_or(|(_, share)| *share < 0.02);
                let harm = if slow { Harm::Delay } else { Harm::Silence };
                let share = ways.share(way, health, harm);
                vec![
                    (*blame, share.path),
                    (Blame::Service(way.callee), share.callee),
                ]
            }
        };
        for (blame, part) in parts {
            case.against.entry(blame).or_default().errors += excess * part;
        }
    }
}

/// A service's own time, each request it served against each it served before.
fn work(calls: &Calls, case: &mut Case) {
    let Calls { before, during } = calls;
    let services: BTreeSet<Sym> = during.services.keys().copied().collect();
    for service in services {
        let now = during.services[&service];
        let old = before.services.get(&service).copied().unwrap_or_default();
        let (old_ns, now_ns) = (old.own.per(old.served), now.own.per(now.served.max(1)));
        let longer = now.own.above(now.served.max(1), &old.own, old.served);
        let each = per(longer * now.served.max(1) as f64, during.requests);
        case.time_ns += each;
        let against = case.against.entry(Blame::Service(service)).or_default();
        against.time_ns += each;
        if longer > 0.5 * old_ns && longer > 1e6 {
            against.why.push(format!(
                "it took {:.1} ms of its own for each request it served (mean; baseline {:.1} ms)",
                now_ns / 1e6,
                old_ns / 1e6
            ));
        }
    }
}

fn condition(service: Sym, health: &Health, case: &mut Case) {
    let against = case.against.entry(Blame::Service(service)).or_default();
    if health.gone() {
        against.absent = health.absent();
        against.why.push(format!(
            "{} of {} readings of its metrics had no answer (baseline {} of {})",
            health.missed, health.due, health.missed_before, health.due_before
        ));
    }
    if health.restarted {
        against.restarted = true;
        against
            .why
            .push("its counters began again from zero: it is a new process".to_owned());
    }
    if let Some(rise) = &health.rise {
        against.rise = rise.z;
        against.why.push(rise.text.clone());
    }
}
