//! How a fault moved the service level: first harm, recovery, relapses, dip and losses.
//!
//! The level is out of its band in the buckets that `band` names. A fault is judged to its own end:
//! until the level has stayed in its band for the hold time after the healing, whatever else begins
//! meanwhile. What visitors would have asked for had they not left after a failure is lost with it,
//! but says nothing of how the target serves those who come later: it counts for dip and losses,
//! not for recovery.

use harness_model::report::Relapse;
use harness_model::{Offset, RunData, Sample};

use super::band::{Excess, out_of_band};
use super::indicator::Indicator;
use crate::run::moments::planned_end;
use crate::run::samples::is_good;
use crate::run::windows::Window;

/// Rounding of bucket borders, in seconds.
const NEAR: f64 = 1e-9;

/// The service level of a run.
pub struct ServiceLevel<'a> {
    run: &'a RunData,
    indicator: Indicator,
    out: Vec<Option<Excess>>,
    hold_s: f64,
    end_s: f64,
}

/// The part of the run in which a fault was felt.
pub struct Felt {
    pub fault: Window,
    /// Buckets out of band from the injection until the level was back; empty: it never left.
    pub out: Vec<usize>,
    /// When the level was back, counted from the start of the load.
    pub back_s: f64,
    /// The run ended before the level had held for the hold time.
    pub censored: bool,
}

/// What a fault cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Equivalent seconds of full outage.
    pub dip_s: f64,
    pub lost: f64,
}

impl<'a> ServiceLevel<'a> {
    pub fn of(run: &'a RunData, baseline: Window) -> Self {
        let indicator = Indicator::of(run, baseline);
        let judgement = &run.plan.judgement;
        let hold_s = judgement.hold_ns as f64 / 1e9;
        let first = indicator.bucket(baseline.to.secs_f64());
        Self {
            out: out_of_band(&indicator, first, hold_s, judgement.band_floor),
            run,
            indicator,
            hold_s,
            end_s: planned_end(run).secs_f64(),
        }
    }

    pub fn indicator(&self) -> &Indicator {
        &self.indicator
    }

    /// Back is the first moment after the healing from which no bucket is out of band until the
    /// hold time is over.
    pub fn felt(&self, fault: Window) -> Felt {
        let healed_s = fault.to.secs_f64();
        let mut felt = Felt {
            fault,
            out: Vec::new(),
            back_s: healed_s,
            censored: false,
        };
        for bucket in self.out_from(fault.from.secs_f64()) {
            if self.indicator.start_s(bucket) + NEAR >= felt.back_s + self.hold_s {
                break;
            }
            felt.out.push(bucket);
            felt.back_s = felt.back_s.max(self.indicator.start_s(bucket + 1));
        }
        felt.censored = self.end_s - felt.back_s + NEAR < self.hold_s;
        felt
    }

    /// From injection until the first request was known to be harmed.
    pub fn first_harm_s(&self, felt: &Felt) -> Option<f64> {
        let bucket = *felt.out.first()?;
        let injected = felt.fault.from;
        let until_s = self.indicator.start_s(bucket + 1);
        let excess = self.out[bucket]?;
        let within = self.run.due().filter(|sample| {
            let at_s = sample.intended.secs_f64();
            sample.done >= injected && at_s >= self.indicator.start_s(bucket) && at_s < until_s
        });
        let known = within.filter_map(|sample| match excess {
            Excess::Bad => self.bad_at_ns(sample),
            Excess::Slow => self.indicator.slow_at_ns(sample),
        });
        // Nothing that is known of was harmed: what is missing was never sent.
        let at_s = known.min().map_or(until_s, |at| Offset(at).secs_f64());
        Some((at_s - injected.secs_f64()).max(0.0))
    }

    /// A request is known not to be good when its failure arrives or its deadline passes.
    fn bad_at_ns(&self, sample: &Sample) -> Option<i64> {
        let deadline = i64::try_from(self.run.plan.judgement.deadline_ns).unwrap_or(i64::MAX);
        let late = sample.intended.ns().saturating_add(deadline);
        (!is_good(self.run, sample)).then_some(sample.done.ns().min(late))
    }

    /// Times after the level was back in which it was out of band again, before `until_s`. Two that
    /// are less than the hold time apart are one.
    pub fn relapses(&self, felt: &Felt, until_s: f64) -> Vec<Relapse> {
        let mut relapses: Vec<Relapse> = Vec::new();
        for bucket in self.out_from(felt.back_s) {
            let (from_s, to_s) = self.span_s(bucket);
            if from_s + NEAR < felt.back_s || to_s > until_s + NEAR {
                continue;
            }
            match relapses.last_mut() {
                Some(last) if from_s < last.at_s + last.for_s + self.hold_s - NEAR => {
                    last.for_s = to_s - last.at_s;
                }
                _ => relapses.push(Relapse {
                    at_s: from_s,
                    for_s: to_s - from_s,
                }),
            }
        }
        relapses
    }

    /// Against the schedule: until the level was back, what was not good beyond the baseline's
    /// share in buckets below the band; from then on and until `until_s`, only what visitors who
    /// had left would have asked for.
    pub fn cost(&self, felt: &Felt, until_s: f64) -> Cost {
        let usual = 1.0 - self.indicator.usual.bad.map_or(0.0, |one| one.share());
        let from = self.indicator.bucket(felt.fault.from.secs_f64());
        let floor = usual - self.run.plan.judgement.band_floor;
        let mut cost = Cost::default();
        for bucket in from..self.indicator.bucket(until_s) {
            let counts = &self.indicator.buckets[bucket];
            let is_felt = !felt.out.is_empty() && self.indicator.start_s(bucket) < felt.back_s;
            let good = counts.due - counts.bad;
            let lost = match is_felt {
                true if good < floor * counts.whole => usual * counts.whole - good,
                true => 0.0,
                false => usual * (counts.whole - counts.due),
            };
            cost.lost += lost.max(0.0);
            let whole = (usual * counts.whole).max(NEAR);
            cost.dip_s += lost.max(0.0) / whole * self.indicator.bucket_s;
        }
        cost
    }

    /// From the start of a bucket to its end.
    pub fn span_s(&self, bucket: usize) -> (f64, f64) {
        (
            self.indicator.start_s(bucket),
            self.indicator.start_s(bucket + 1),
        )
    }

    pub fn end_s(&self) -> f64 {
        self.end_s
    }

    /// The buckets out of band from the one that holds a moment.
    fn out_from(&self, at_s: f64) -> impl Iterator<Item = usize> + '_ {
        let from = self.indicator.bucket(at_s);
        (from..self.out.len()).filter(|bucket| self.out[*bucket].is_some())
    }
}
