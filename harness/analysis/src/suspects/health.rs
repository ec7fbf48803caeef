//! What the metrics say about each process: whether it ran, started again, or used more.
//!
//! It must not know traces.

use std::collections::BTreeMap;

use harness_model::metric::{
    CONTAINER_RECEIVED_BYTES, CONTAINER_THROTTLED_SECONDS, HOST_CPU_USED, MetricPoint,
    PROCESS_CPU_SECONDS, PROCESS_RESIDENT_BYTES, UP,
};
use harness_model::report::Resource;
use harness_model::{Offset, Sym};

use super::activity::{Activity, still};
use super::observations::Observations;
use crate::run::windows::{Window, Windows};
use crate::stats::order::median;
use crate::stats::robust;

/// A smaller share of the time spent waiting for CPU is not worth a word.
const MATERIAL_WAIT: f64 = 0.005;

/// What is known of one process.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Readings due in the time in question, and those of them that are missing.
    pub due: u64,
    pub missed: u64,
    /// The same in the baseline.
    pub due_before: u64,
    pub missed_before: u64,
    /// A counter fell: another process answers under this name.
    pub restarted: bool,
    /// Bytes reached it, and it used no CPU time at all for longer than ever before.
    pub still: bool,
    /// Its network could no longer be read, though the rest of it could.
    pub cut_off: bool,
    /// Share of the time in question in which it waited for its CPU quota, beyond that of the
    /// baseline.
    pub throttled: f64,
    /// The steepest rise of what it uses.
    pub rise: Option<Rise>,
}

/// One kind of use that rose.
#[derive(Debug, Clone, PartialEq)]
pub struct Rise {
    pub resource: Resource,
    pub from: f64,
    pub to: f64,
    /// Robust standard deviations.
    pub deviations: f64,
}

impl Health {
    /// Share of the readings that are missing beyond that of the baseline, 0..=1.
    pub fn absent(&self) -> f64 {
        let share = |missed: u64, due: u64| missed as f64 / due.max(1) as f64;
        (share(self.missed, self.due) - share(self.missed_before, self.due_before)).max(0.0)
    }

    /// It was read before and is not now. One that was never read cannot be said to be gone.
    pub fn gone(&self) -> bool {
        self.due_before > self.missed_before && self.absent() >= 0.3
    }

    /// It certainly ran, and could have answered.
    pub fn there(&self) -> bool {
        self.due >= 2 && self.missed * 5 <= self.due && !self.still && !self.cut_off
    }

    /// Its own state explains that it does not answer.
    pub fn explains_silence(&self) -> bool {
        self.gone() || self.still || self.cut_off || self.restarted
    }

    /// Its own state explains that it answers late.
    pub fn explains_delay(&self) -> bool {
        self.explains_silence() || self.is_throttled()
    }

    pub fn is_throttled(&self) -> bool {
        self.throttled > MATERIAL_WAIT
    }
}

/// Every process that was ever read.
pub fn health(seen: &Observations<'_>, windows: &Windows) -> BTreeMap<Sym, Health> {
    let mut all: BTreeMap<Sym, Health> = BTreeMap::new();
    let symbol = |name: &str| seen.strings.find(name);
    let (up, cpu) = (symbol(UP), symbol(PROCESS_CPU_SECONDS));
    let network = symbol(CONTAINER_RECEIVED_BYTES);
    let throttled = symbol(CONTAINER_THROTTLED_SECONDS);
    let host = symbol("host");
    let mut activities: BTreeMap<(Sym, Sym), Activity<'_>> = BTreeMap::new();
    let mut silent: Vec<(Sym, u64, u64)> = Vec::new();
    let mut least_silent = f64::MAX;
    let same = |a: &MetricPoint, b: &MetricPoint| {
        let series =
            |point: &MetricPoint| (point.service, point.metric, point.labels, point.instance);
        series(a) == series(b)
    };
    for series in seen.metrics.chunk_by(same) {
        let (service, metric) = (series[0].service, Some(series[0].metric));
        if metric == symbol(HOST_CPU_USED) || metric == cpu {
            let (due, came) = cadence(series, windows);
            if due > 0 {
                let missed = due.saturating_sub(came);
                least_silent = least_silent.min(missed as f64 / due as f64);
                silent.push((service, due, missed));
            }
        }
        if Some(service) == host {
            continue;
        }
        let one = all.entry(service).or_default();
        if metric == up {
            answers(one, series, windows);
        }
        if metric == cpu {
            let activity = activities.entry((service, series[0].instance));
            activity.or_default().still = still(series, windows);
        }
        if metric == network {
            let activity = activities.entry((service, series[0].instance));
            activity.or_default().received = series;
            let (due, came) = cadence(series, windows);
            // As with silence, only if other readings of the same process go on.
            one.cut_off |= due >= 2 && came * 3 <= due;
        }
        if metric == throttled {
            one.throttled = one.throttled.max(share_waited(series, windows));
        }
        uses(seen, one, series, windows);
    }
    // Without scrapes, a process is missed where its statistics stop while others go on.
    for (service, due, missed) in silent {
        if let Some(one) = all.get_mut(&service).filter(|one| one.due == 0) {
            one.missed = missed.saturating_sub((least_silent * due as f64).ceil() as u64);
            (one.due, one.due_before) = (due, due);
        }
    }
    for ((service, _), activity) in activities {
        if let Some(one) = all.get_mut(&service) {
            one.still |= activity.stood_still();
        }
    }
    for one in all.values_mut() {
        one.cut_off &= !one.gone() || one.due == 0;
    }
    all
}

/// Share of the time in question, beyond that of the baseline, by which a counter of seconds grew.
fn share_waited(series: &[MetricPoint], windows: &Windows) -> f64 {
    let share = |window: &Window| {
        let within = series.windows(2).filter(|pair| window.holds(pair[1].at));
        let grown: f64 = within
            .map(|pair| (pair[1].value - pair[0].value).max(0.0))
            .sum();
        grown / (window.to - window.from).secs_f64().max(1e-9)
    };
    (share(&windows.during) - share(&windows.before)).max(0.0)
}

fn answers(one: &mut Health, series: &[MetricPoint], windows: &Windows) {
    for point in series {
        let missed = u64::from(point.value < 0.5);
        if windows.during.holds(point.at) {
            one.due += 1;
            one.missed += missed;
        } else if windows.before.holds(point.at) {
            one.due_before += 1;
            one.missed_before += missed;
        }
    }
}

/// How many readings were due by the pace of the baseline, and how many came.
fn cadence(series: &[MetricPoint], windows: &Windows) -> (u64, u64) {
    let before: Vec<Offset> = series
        .iter()
        .map(|point| point.at)
        .filter(|at| windows.before.holds(*at))
        .collect();
    let gaps = before.windows(2).map(|pair| (pair[1] - pair[0]).secs_f64());
    let Some(gap) = median(gaps.collect()).filter(|gap| *gap > 0.0) else {
        return (0, 0);
    };
    let length = (windows.during.to - windows.during.from).secs_f64();
    let came = series.iter().filter(|point| windows.during.holds(point.at));
    ((length / gap) as u64, came.count() as u64)
}

/// How the readings of a metric tell the use of a resource.
struct Use {
    resource: Resource,
    /// Divides the values.
    scale: f64,
    /// The least change that counts.
    floor: f64,
    counter: bool,
}

fn use_of(seen: &Observations<'_>, metric: &str) -> Option<Use> {
    let (resource, scale, floor, counter) = match metric {
        PROCESS_CPU_SECONDS => (Resource::Cpu, 1.0, 0.02, true),
        PROCESS_RESIDENT_BYTES => (Resource::Memory, 1e6, 4.0, false),
        name if seen.names.requests_in_flight.as_deref() == Some(name) => {
            (Resource::RequestsInFlight, 1.0, 1.0, false)
        }
        _ => return None,
    };
    Some(Use {
        resource,
        scale,
        floor,
        counter,
    })
}

fn uses(seen: &Observations<'_>, one: &mut Health, series: &[MetricPoint], windows: &Windows) {
    let metric = seen.strings.name(series[0].metric);
    if metric.ends_with("_total") {
        // The new process may be read first when the time in question is already over.
        let length = windows.during.to - windows.during.from;
        let until = Offset(
            windows
                .during
                .to
                .0
                .saturating_add(length.0.min(5_000_000_000)),
        );
        one.restarted |= series.windows(2).any(|pair| {
            pair[1].value < pair[0].value && pair[1].at >= windows.during.from && pair[1].at < until
        });
    }
    let Some(used) = use_of(seen, metric) else {
        return;
    };
    let (mut before, mut during) = (Vec::new(), Vec::new());
    let mut take = |at: Offset, value: f64| {
        if windows.during.holds(at) {
            during.push(value / used.scale);
        } else if windows.before.holds(at) {
            before.push(value / used.scale);
        }
    };
    if used.counter {
        for pair in series.windows(2) {
            let (grown, took) = (pair[1].value - pair[0].value, pair[1].at - pair[0].at);
            if grown >= 0.0 && took.0 > 0 {
                take(pair[1].at, grown / took.secs_f64());
            }
        }
    } else {
        series.iter().for_each(|point| take(point.at, point.value));
    }
    let Some(deviations) = robust::rise(&before, &during, used.floor) else {
        return;
    };
    if deviations >= 3.0
        && one
            .rise
            .as_ref()
            .is_none_or(|rise| rise.deviations < deviations)
    {
        let [from, to] = [before, during].map(|values| median(values).unwrap_or(0.0));
        one.rise = Some(Rise {
            resource: used.resource,
            from,
            to,
            deviations,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::forest::Forest;
    use harness_model::definition::TelemetryNames;
    use harness_model::strings::Strings;

    /// Second -> reading.
    type Series = fn(i64) -> Option<f64>;

    /// A reading a second over 30 s; 20 s to 30 s is the time in question.
    fn read(lines: &[(&str, &str, Series)]) -> Vec<Health> {
        let mut strings = Strings::default();
        let mut metrics = Vec::new();
        for (service, metric, value) in lines {
            let (service, metric) = (strings.intern(service), strings.intern(metric));
            metrics.extend((0..30).filter_map(|second| {
                Some(MetricPoint {
                    service,
                    instance: Sym::NONE,
                    metric,
                    labels: Sym::NONE,
                    at: Offset(second * 1_000_000_000),
                    value: value(second)?,
                })
            }));
        }
        let window = |from: i64, to: i64| Window {
            from: Offset(from * 1_000_000_000),
            to: Offset(to * 1_000_000_000),
        };
        let windows = Windows {
            before: window(0, 20),
            during: window(20, 30),
        };
        let spans = harness_model::Spans::default();
        let forest = Forest::of(&spans);
        let names = TelemetryNames {
            requests_in_flight: Some("busy".to_owned()),
            ..TelemetryNames::default()
        };
        let seen = Observations {
            strings: &strings,
            samples: &[],
            forest: &forest,
            metrics: &metrics,
            names: &names,
            peers: &crate::suspects::peers::Peers::default(),
        };
        health(&seen, &windows).into_values().collect()
    }

    #[test]
    fn a_process_that_was_scraped_and_is_no_longer_is_gone() {
        let found = read(&[
            ("a", UP, |second| Some(f64::from(u8::from(second < 21)))),
            ("b", UP, |_| Some(1.0)),
            ("c", UP, |_| Some(0.0)),
        ]);
        assert!(found[0].gone() && found[0].missed == 9);
        assert!(found[1].there() && !found[1].gone());
        assert!(
            !found[2].gone(),
            "it never answered, so its silence says nothing"
        );
    }

    #[test]
    fn statistics_that_stop_tell_only_where_others_go_on() {
        let stops: Series = |second| (second < 20).then_some(second as f64);
        let goes_on: Series = |second| Some(second as f64);
        let one = read(&[
            ("a", PROCESS_CPU_SECONDS, stops),
            ("b", PROCESS_CPU_SECONDS, goes_on),
        ]);
        assert!(one[0].gone() && one[1].there());
        let all = read(&[
            ("a", PROCESS_CPU_SECONDS, stops),
            ("b", PROCESS_CPU_SECONDS, stops),
        ]);
        assert!(!all[0].gone() && !all[1].gone());
    }

    #[test]
    fn a_counter_that_falls_is_a_restart_and_a_steeper_one_is_a_rise() {
        let found = read(&[
            ("a", PROCESS_CPU_SECONDS, |second| {
                Some((second % 25) as f64)
            }),
            ("b", PROCESS_CPU_SECONDS, |second| {
                Some((second - 19).max(0) as f64)
            }),
        ]);
        assert!(found[0].restarted && !found[1].restarted);
        assert!(
            found[1]
                .rise
                .as_ref()
                .is_some_and(|rise| rise.deviations > 10.0)
        );
    }

    #[test]
    fn the_gauge_that_the_definition_names_tells_the_requests_in_flight() {
        let jump: Series = |second| Some(if second < 20 { 2.0 } else { 9.0 });
        let found = read(&[("a", "busy", jump), ("b", "http_active_requests", jump)]);
        let rise = found[0].rise.as_ref().map(|rise| (rise.resource, rise.to));
        assert_eq!(rise, Some((Resource::RequestsInFlight, 9.0)));
        assert_eq!(found[1].rise, None);
    }
}
