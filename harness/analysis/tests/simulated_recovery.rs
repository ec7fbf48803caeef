//! Runs with a known truth, drawn from a seed: how far first harm, recovery and relapses of the
//! report are from it, and how often noise is taken for harm.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the table is what a simulation is run for, and its helpers may unwrap as tests do"
)]

mod drawn;
mod support;

use drawn::{BAND_FLOOR, BUCKET_S, Effect, LENGTH_S, Random, Truth, USUAL_FAILURES};
use harness_model::report::{FaultReport, Relapse};

/// One fault from about 40 s to about 50 s, whose effect ends `recovery_s` after it.
fn single(random: &mut Random, rate_per_s: f64) -> (Truth, f64, f64) {
    let from = random.between(39.0, 41.0);
    let healed = from + 10.0;
    let recovery = match random.unit() {
        chance if chance < 0.3 => 0.0,
        _ => random.between(0.0, 15.0),
    };
    let truth = Truth {
        rate_per_s,
        faults: vec![[from, healed]],
        effects: Vec::new(),
    };
    (truth, from, recovery)
}

/// How far the estimates were from the truth, in buckets, and how often noise was taken for harm or
/// harm for noise.
#[derive(Default)]
struct Score {
    errors: Vec<f64>,
    first_harm_s: Vec<f64>,
    wrong: usize,
    relapses: usize,
    runs: usize,
}

impl Score {
    fn add(&mut self, fault: &FaultReport, truth_s: f64) {
        self.runs += 1;
        match fault.first_harm_s {
            Some(first_harm_s) if !fault.censored => {
                self.first_harm_s.push(first_harm_s);
                let error_s = (fault.recovery_s.unwrap() - truth_s).abs();
                self.errors.push(error_s / BUCKET_S);
            }
            _ => {
                self.wrong += 1;
                self.errors.push(f64::INFINITY);
            }
        }
        self.relapses += usize::from(!fault.relapses.is_empty());
    }

    fn quantile(of: &[f64], q: f64) -> f64 {
        let mut sorted = of.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() as f64 * q) as usize).min(sorted.len() - 1)]
    }

    /// Prints the row and asserts what is promised. The median of a few runs is itself off by
    /// chance.
    fn tell(&self, kind: &str) {
        let at_most = if self.runs < 100 { 1.5 } else { 1.0 };
        let error = |q| Score::quantile(&self.errors, q);
        println!(
            "{kind:28} {:4} runs: recovery off by {:.2} buckets (median), {:.2} (p90); \
             first harm after {:.2} s; {} wrong, {} with relapses",
            self.runs,
            error(0.5),
            error(0.9),
            Score::quantile(&self.first_harm_s, 0.5),
            self.wrong,
            self.relapses,
        );
        assert!(error(0.5) <= at_most, "{kind}: {}", error(0.5));
        assert!(self.wrong * 50 <= self.runs, "{kind}: {} wrong", self.wrong);
    }
}

type Kind = (
    &'static str,
    f64,
    fn(&mut Random, f64, f64) -> (Vec<Effect>, f64),
);

/// Name, requests per second, and the effects of a fault from one moment to another, with what they
/// add to the recovery.
const KINDS: [Kind; 7] = [
    ("hard outage, 30/s", 30.0, |_, from, to| {
        (vec![Effect::failing(from, to, 1.0)], 0.0)
    }),
    ("30 % of errors, 30/s", 30.0, |_, from, to| {
        (vec![Effect::failing(from, to, 0.3)], 0.0)
    }),
    ("slow, in the deadline, 30/s", 30.0, |random, from, to| {
        (
            vec![Effect::slower(from, to, random.between(60.0, 800.0))],
            0.0,
        )
    }),
    ("slow ramp back, 30/s", 30.0, |random, from, to| {
        let ramp_s = random.between(4.0, 12.0);
        let ramp = Effect {
            failing: [1.0, 0.0],
            ..Effect::failing(to, to + ramp_s, 1.0)
        };
        // Until the share is inside the band.
        let back_s = ramp_s * (1.0 - BAND_FLOOR - USUAL_FAILURES);
        (vec![Effect::failing(from, to, 1.0), ramp], back_s)
    }),
    ("hard outage, 5/s", 5.0, |_, from, to| {
        (vec![Effect::failing(from, to, 1.0)], 0.0)
    }),
    ("40 % of errors, 5/s", 5.0, |_, from, to| {
        (vec![Effect::failing(from, to, 0.4)], 0.0)
    }),
    ("slow, in the deadline, 5/s", 5.0, |_, from, to| {
        (vec![Effect::slower(from, to, 400.0)], 0.0)
    }),
];

fn one_fault(runs: usize) {
    for (place, (name, rate_per_s, effects)) in KINDS.into_iter().enumerate() {
        let mut random = Random(1000 + place as u64);
        let mut score = Score::default();
        for _ in 0..runs {
            let (mut truth, from, recovery_s) = single(&mut random, rate_per_s);
            let healed = truth.faults[0][1];
            let (acting, more_s) = effects(&mut random, from, healed + recovery_s);
            truth.effects = acting;
            let fault = truth.report(&mut random).remove(0);
            score.add(&fault, recovery_s + more_s);
        }
        score.tell(name);
    }
}

/// An outage of a second, long after the level was back, does not move the recovery.
fn relapse(runs: usize) {
    let mut missed = 0;
    let mut random = Random(2000);
    let mut score = Score::default();
    for _ in 0..runs {
        let (mut truth, from, recovery_s) = single(&mut random, 30.0);
        let back = truth.faults[0][1] + recovery_s;
        let again = random.between(back + 8.0, LENGTH_S - 10.0);
        truth.effects = vec![
            Effect::failing(from, back, 1.0),
            Effect::failing(again, again + 1.0, 1.0),
        ];
        let fault = truth.report(&mut random).remove(0);
        score.add(&fault, recovery_s);
        let is_it = |one: &Relapse| (one.at_s - again).abs() <= BUCKET_S && one.for_s >= 1.0;
        let found = fault.relapses.iter().any(is_it);
        missed += usize::from(!found);
    }
    score.tell("a relapse of a second");
    // A failure by chance right before or behind it makes it longer.
    assert!(
        missed * 20 <= runs,
        "{missed} of {runs} are not where they were"
    );
}

/// Two faults at once: each is judged to its own end, says so of the other, and its bounds hold the
/// truth.
fn overlap(runs: usize) {
    let mut random = Random(3000);
    let (mut first, mut second) = (Score::default(), Score::default());
    for _ in 0..runs {
        let (mut truth, from, recovery_s) = single(&mut random, 30.0);
        let healed = truth.faults[0][1];
        let other = [random.between(from + 2.0, healed - 1.0), healed + 5.0];
        truth.faults.push(other);
        truth.effects = vec![
            Effect::failing(from, healed, 0.5),
            Effect::failing(other[0], other[1] + recovery_s, 0.8),
        ];
        let reports = truth.report(&mut random);
        first.add(&reports[0], other[1] + recovery_s - healed);
        second.add(&reports[1], recovery_s);
        for (fault, name) in [(&reports[0], "fault-1"), (&reports[1], "fault-0")] {
            assert_eq!(fault.shared, [name], "of {}", fault.name);
            assert!(fault.recovery_least_s.unwrap() <= fault.recovery_s.unwrap());
        }
        assert_eq!(reports[0].recovery_least_s, Some(0.0));
    }
    first.tell("overlapped, the first");
    second.tell("overlapped, the second");
}

/// Nothing acts but what acts at any time: failures here and there, and pauses of the machine in
/// which everything is slow for 0.3 s. Returns how many runs were said to be harmed.
fn noise(runs: usize, rate_per_s: f64, has_pauses: bool) -> usize {
    let mut random = Random(4000 + rate_per_s as u64);
    let mut wrong = 0;
    for _ in 0..runs {
        let (mut truth, ..) = single(&mut random, rate_per_s);
        let mut at_s = 0.0;
        while has_pauses && at_s < LENGTH_S {
            at_s += 8.0 * random.exponential();
            truth.effects.push(Effect::slower(at_s, at_s + 0.3, 120.0));
        }
        let fault = truth.report(&mut random).remove(0);
        wrong += usize::from(fault.first_harm_s.is_some() || !fault.harmed.is_empty());
        if fault.first_harm_s.is_none() {
            assert_eq!(fault.recovery_s, Some(0.0));
        }
    }
    println!("noise, {rate_per_s}/s, pauses {has_pauses}: {wrong} of {runs} taken for harm");
    wrong
}

#[test]
fn recovery_is_near_the_truth_in_a_few_runs_of_each_kind() {
    one_fault(10);
}

#[test]
fn a_relapse_is_told_apart_and_overlapping_faults_say_what_they_share() {
    relapse(4);
    overlap(4);
}

#[test]
fn a_few_runs_of_noise_are_no_harm() {
    for rate_per_s in [5.0, 30.0] {
        assert_eq!(noise(5, rate_per_s, false), 0);
        assert!(noise(5, rate_per_s, true) <= 1);
    }
}

#[test]
#[ignore = "takes minutes: cargo xtask verify statistics"]
fn recovery_is_within_one_bucket_of_the_truth() {
    one_fault(200);
    relapse(200);
    overlap(200);
    for rate_per_s in [5.0, 30.0] {
        assert!(noise(400, rate_per_s, false) <= 8);
        assert!(noise(400, rate_per_s, true) <= 16);
    }
}
