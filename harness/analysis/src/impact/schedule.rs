//! What was due in each bucket and never sent, by the load worker's count of its schedule.
//!
//! It must not know what became of the requests that were sent.

use harness_model::RunData;

/// Requests due in each second: all, and those of visitors who had not left.
pub fn per_second(run: &RunData) -> (Vec<f64>, Vec<f64>) {
    let Some(tally) = run.tally() else {
        return (Vec::new(), Vec::new());
    };
    let offered: Vec<f64> = tally.offered_per_s.iter().copied().map(f64::from).collect();
    let left = tally.left_per_s.iter().copied().map(f64::from);
    let left = left.chain(std::iter::repeat(0.0));
    let stayed = offered.iter().zip(left).map(|(all, left)| all - left);
    let stayed = stayed.collect();
    (offered, stayed)
}

/// What was due and is in no sample, for each bucket. A visitor who was held up asks later than
/// scheduled, so a second with fewer requests than scheduled has only missed those that no later
/// second makes up for: the largest part of the running difference between schedule and requests
/// that never falls.
pub fn missing(run: &RunData, offered: &[f64], bucket_s: f64, buckets: usize) -> Vec<f64> {
    let mut asked = vec![0.0; offered.len()];
    for sample in run.due() {
        let second = sample.intended.secs_f64().max(0.0) as usize;
        if let Some(asked) = asked.get_mut(second) {
            *asked += 1.0;
        }
    }
    let mut running = 0.0;
    let mut missing: Vec<f64> = offered
        .iter()
        .zip(&asked)
        .map(|(offered, asked)| {
            running += offered - asked;
            running
        })
        .collect();
    let mut least = f64::INFINITY;
    for one in missing.iter_mut().rev() {
        least = least.min(*one);
        *one = least.max(0.0);
    }
    let until = |second: usize| missing.get(second).copied();
    (0..buckets)
        .map(|bucket| {
            let second = (bucket as f64 * bucket_s) as usize;
            let before = second.checked_sub(1).and_then(until).unwrap_or(0.0);
            until(second).map_or(0.0, |until| (until - before) * bucket_s.min(1.0))
        })
        .collect()
}
