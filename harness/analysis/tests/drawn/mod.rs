//! Runs whose requests are drawn from a seed, with stated effects at stated moments.
//!
//! Lives beside `support`, whose made-up run lends the rest of the plan. It must not know what is
//! asked of the report.

use harness_model::fault::{Evidence, FaultKind, FaultPlan};
use harness_model::report::FaultReport;
use harness_model::{ErrorClass, EventKind, Offset, RunData, RunEvent, Sample, Sym};

use crate::support::MadeUpRun;

pub const BUCKET_S: f64 = 0.5;
pub const LENGTH_S: f64 = 120.0;
/// Share of the requests that fail at any time.
pub const USUAL_FAILURES: f64 = 0.002;
/// As in the plan below.
pub const BAND_FLOOR: f64 = 0.02;

/// SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, *OOPSLA* 2014).
pub struct Random(pub u64);

impl Random {
    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// What is done to requests from one moment to another.
#[derive(Clone, Copy)]
pub struct Effect {
    pub from_s: f64,
    pub to_s: f64,
    /// Chance of a request to fail, at the start and at the end; even in between.
    pub failing: [f64; 2],
    pub slower_ms: f64,
}

impl Effect {
    pub fn failing(from_s: f64, to_s: f64, share: f64) -> Effect {
        Effect {
            from_s,
            to_s,
            failing: [share, share],
            slower_ms: 0.0,
        }
    }

    pub fn slower(from_s: f64, to_s: f64, slower_ms: f64) -> Effect {
        Effect {
            from_s,
            to_s,
            failing: [0.0, 0.0],
            slower_ms,
        }
    }

    pub fn at(&self, at_s: f64) -> Option<f64> {
        let [first, last] = self.failing;
        let share = (at_s - self.from_s) / (self.to_s - self.from_s);
        (self.from_s..self.to_s)
            .contains(&at_s)
            .then_some(first + share * (last - first))
    }
}

/// A run to draw, and what is true of it.
pub struct Truth {
    pub rate_per_s: f64,
    pub faults: Vec<[f64; 2]>,
    pub effects: Vec<Effect>,
}

impl Truth {
    fn draw(&self, template: &RunData, random: &mut Random) -> Vec<FaultReport> {
        let mut run = template.clone();
        let operations = ["browse", "buy"].map(|name| run.strings.intern(name));
        let mut at_s = 0.0;
        loop {
            at_s += random.exponential() / self.rate_per_s;
            if at_s >= LENGTH_S {
                break;
            }
            let which = usize::from(random.unit() < 0.3);
            let sample = self.sample(at_s, operations[which], [20.0, 60.0][which], random);
            run.samples.push(sample);
        }
        harness_analysis::report(&run).faults
    }

    fn sample(&self, at_s: f64, operation: Sym, usual_ms: f64, random: &mut Random) -> Sample {
        let mut failing = USUAL_FAILURES;
        let mut takes_ms = usual_ms * (0.3 * random.normal()).exp();
        for effect in &self.effects {
            if let Some(share) = effect.at(at_s) {
                failing = f64::max(failing, share);
                takes_ms += effect.slower_ms;
            }
        }
        let fails = random.unit() < failing;
        let sent = Offset::from_secs_f64(at_s);
        let done = Offset::from_secs_f64(at_s + takes_ms / 1e3);
        Sample {
            operation,
            journey: Sym::NONE,
            intended: sent,
            sent,
            first_byte: done,
            done,
            lateness_ns: 0,
            status: if fails { 503 } else { 200 },
            error: if fails {
                ErrorClass::Status
            } else {
                ErrorClass::None
            },
            bytes: 0,
            trace: 0,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        }
    }

    /// A run without requests, with these faults on its timeline.
    fn template(&self) -> RunData {
        let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
        run.samples.clear();
        run.spans.clear();
        run.metrics.clear();
        run.plan.load.duration_ns = (LENGTH_S * 1e9) as u64;
        run.plan.judgement.bucket_ns = (BUCKET_S * 1e9) as u64;
        run.plan.judgement.deadline_ns = 1_000_000_000;
        run.plan.judgement.band_floor = BAND_FLOOR;
        let faults = self
            .faults
            .iter()
            .enumerate()
            .map(|(index, [from, to])| FaultPlan {
                name: format!("fault-{index}"),
                at: Offset::from_secs_f64(*from),
                for_ns: ((to - from) * 1e9) as u64,
                ..run.plan.faults[0].clone()
            });
        run.plan.faults = faults.collect();
        let last = run.events.pop().unwrap();
        run.events.truncate(1);
        for (fault, [from, to]) in run.plan.faults.iter().zip(&self.faults) {
            let fault = fault.name.clone();
            run.events.push(event(
                *from,
                EventKind::FaultInjected {
                    fault: fault.clone(),
                },
            ));
            let healed = EventKind::FaultHealed {
                fault,
                evidence: Evidence::default(),
                verified: true,
            };
            run.events.push(event(*to, healed));
        }
        run.events.sort_by_key(|event| event.at_ns);
        run.events.push(event(LENGTH_S, last.what));
        run
    }

    pub fn report(&self, random: &mut Random) -> Vec<FaultReport> {
        self.draw(&self.template(), random)
    }
}

fn event(at_s: f64, what: EventKind) -> RunEvent {
    RunEvent {
        at_ns: Offset::from_secs_f64(at_s),
        what,
    }
}
