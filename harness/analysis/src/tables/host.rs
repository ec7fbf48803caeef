//! When somebody else took what target and harness needed of the machine.
//!
//! From the harness's own readings of the whole machine. It must not know budgets.

use std::collections::BTreeMap;

use harness_model::metric::{
    HOST, HOST_CORES, HOST_CPU_USED, HOST_MEMORY_STALLED, HOST_OTHERS_CORES, HOST_STEAL_CORES,
    HOST_THROTTLED,
};
use harness_model::report::{FaultReport, HostReport, HostStretch};
use harness_model::{Offset, RunData};

/// Others disturb only where the CPU is nearly used up (share of the machine) ..
const SCARCE: f64 = 0.9;
/// .. and they have this much of it.
const TAKEN: f64 = 0.2;
/// So much steal, throttling or waiting for memory disturbs by itself (share of machine or time).
const LOST: f64 = 0.1;

/// A single reading may be that of a process whose end was seen late.
const READINGS: usize = 2;

/// All readings at one moment: means since the moment before.
#[derive(Debug, Clone, Copy, Default)]
struct Reading {
    from: Offset,
    to: Offset,
    used: f64,
    cores: f64,
    others: f64,
    steal: f64,
    throttled: f64,
    stalled: f64,
}

impl Reading {
    fn is_disturbed(&self) -> bool {
        let others = self.used >= SCARCE && self.others >= TAKEN * self.cores;
        others || self.steal >= LOST * self.cores || self.throttled >= LOST || self.stalled >= LOST
    }

    fn seconds(&self) -> f64 {
        (self.to - self.from).secs_f64()
    }
}

pub fn report(run: &RunData, faults: &[FaultReport]) -> HostReport {
    let readings = readings(run);
    let runs = readings
        .chunk_by(|one, next| one.is_disturbed() == next.is_disturbed() && one.to == next.from);
    let disturbed = runs.filter(|run| run.len() >= READINGS && run[0].is_disturbed());
    let end_s = run.load_end().secs_f64();
    let stretches = disturbed.map(|readings| stretch(readings, faults, end_s));
    HostReport {
        cores: readings.last().map(|reading| reading.cores),
        stretches: stretches.filter(|one| one.to_s > one.from_s).collect(),
    }
}

/// In order; the first moment has no reading, since it covers an unknown time.
fn readings(run: &RunData) -> Vec<Reading> {
    let mut at: BTreeMap<Offset, Reading> = BTreeMap::new();
    let Some(host) = run.strings.find(HOST) else {
        return Vec::new();
    };
    for point in run.metrics.iter().filter(|point| point.service == host) {
        let one = at.entry(point.at).or_default();
        let figure = match run.strings.name(point.metric) {
            HOST_CPU_USED => &mut one.used,
            HOST_CORES => &mut one.cores,
            HOST_OTHERS_CORES => &mut one.others,
            HOST_STEAL_CORES => &mut one.steal,
            HOST_THROTTLED => &mut one.throttled,
            HOST_MEMORY_STALLED => &mut one.stalled,
            _ => continue,
        };
        *figure = point.value;
    }
    let moments: Vec<(Offset, Reading)> = at.into_iter().collect();
    let pairs = moments.windows(2);
    let since = pairs.map(|pair| Reading {
        from: pair[0].0,
        to: pair[1].0,
        ..pair[1].1
    });
    // Older runs state how busy the machine was, and not who was.
    since.filter(|reading| reading.cores > 0.0).collect()
}

fn stretch(readings: &[Reading], faults: &[FaultReport], end_s: f64) -> HostStretch {
    let all_s: f64 = readings.iter().map(Reading::seconds).sum();
    let mean = |figure: fn(&Reading) -> f64| {
        let weighed = readings.iter().map(|one| figure(one) * one.seconds());
        weighed.sum::<f64>() / all_s.max(1e-9)
    };
    let from_s = readings[0].from.secs_f64().max(0.0);
    let to_s = readings[readings.len() - 1].to.secs_f64().min(end_s);
    let felt = faults.iter().filter(|fault| {
        let (from, to) = felt(fault, end_s);
        from < to_s && to > from_s
    });
    HostStretch {
        from_s,
        to_s,
        used: mean(|one| one.used),
        others_cores: mean(|one| one.others),
        steal_cores: mean(|one| one.steal),
        throttled: mean(|one| one.throttled),
        memory_stalled: mean(|one| one.stalled),
        faults: felt.map(|fault| fault.name.clone()).collect(),
    }
}

/// From injection until the service level was back; empty for a fault that was never injected.
pub fn felt(fault: &FaultReport, end_s: f64) -> (f64, f64) {
    let Some(from) = fault.injected_s else {
        return (0.0, 0.0);
    };
    let healed = fault.healed_s.unwrap_or(end_s);
    (from, healed + fault.recovery_s.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(second: i64, used: f64, others: f64) -> Reading {
        Reading {
            from: Offset(second * 1_000_000_000),
            to: Offset((second + 1) * 1_000_000_000),
            used,
            cores: 2.0,
            others,
            ..Reading::default()
        }
    }

    #[test]
    fn others_disturb_only_where_nothing_is_left_for_the_target() {
        assert!(reading(0, 0.95, 0.5).is_disturbed());
        assert!(!reading(0, 0.6, 1.0).is_disturbed(), "a core is idle");
        assert!(
            !reading(0, 1.0, 0.3).is_disturbed(),
            "it is the target itself"
        );
        let mut stolen = reading(0, 0.5, 0.0);
        stolen.steal = 0.2;
        assert!(stolen.is_disturbed());
    }

    #[test]
    fn a_stretch_states_means_over_its_time_and_ends_with_the_load() {
        let found = stretch(&[reading(3, 0.92, 0.5), reading(4, 1.0, 1.5)], &[], 4.5);
        assert_eq!((found.from_s, found.to_s), (3.0, 4.5));
        assert!((found.others_cores - 1.0).abs() < 1e-9);
        assert!((found.used - 0.96).abs() < 1e-9);
    }
}
