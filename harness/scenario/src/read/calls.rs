//! The mix of a load: named or given in place, its shares of calls turned into exact counts.

use harness_model::load::{LoadModel, Mix, RateSegment};

use super::mix::{self, NamedMix};
use super::workload::WorkloadFile;
use crate::syntax::{Diagnostics, Section, unknown};

/// Reads `mix`, or `journeys`, `calls` and `prelude` in its place.
pub fn named_mix(
    section: &mut Section<'_>,
    file: &WorkloadFile,
    diagnostics: &mut Diagnostics,
) -> NamedMix {
    let inline = mix::read(section, &file.workload, diagnostics);
    let Some(name) = section.text("mix", diagnostics) else {
        if section.has("journeys") == section.has("calls") {
            let remedy = "name a mix of the workload, or give either journeys or calls";
            diagnostics.add(&section.at, "[load] does not say what visitors do", remedy);
        }
        return inline;
    };
    for key in ["journeys", "calls", "prelude"] {
        if section.has(key) {
            let message = format!("{key} is given together with mix = {name:?}");
            let remedy = "the mix states it; keep one of the two";
            diagnostics.add(&section.place(key), message, remedy);
        }
    }
    match file.mixes.get(&name) {
        Some(mix) => mix.clone(),
        // The workload could not be read, which has been noted.
        None if file.workload.operations.is_empty() => NamedMix::default(),
        None => {
            let known = file.mixes.keys().map(String::as_str);
            unknown("mix", &name, &section.place("mix"), known, diagnostics);
            NamedMix::default()
        }
    }
}

/// Turns shares of calls into exact counts, and checks counts against `requests`.
pub fn resolve(
    named: NamedMix,
    model: &LoadModel,
    requests: Option<u64>,
    section: &Section<'_>,
    diagnostics: &mut Diagnostics,
) -> Mix {
    if named.calls.is_empty() {
        if requests.is_some() {
            let message = "requests is given, but visits of journeys have as many as they have";
            let remedy = "take it away: the load ends with its duration";
            diagnostics.add(&section.place("requests"), message, remedy);
        }
        let weights = named.journeys;
        return Mix::Journeys { weights };
    }
    let counts = named.calls;
    if requests.is_some() && ends_at_rest(model) {
        let message = "requests is given, but the ramp ends at 0, maybe before they are sent";
        let remedy = "take it away, or end the ramp above 0";
        diagnostics.add(&section.place("requests"), message, remedy);
    }
    if let Some(requests) = requests.filter(|requests| *requests > 0) {
        let sum: u64 = counts.iter().map(|(_, count)| count).sum();
        if requests != sum {
            let message = format!("requests is {requests}, but the calls of the mix sum to {sum}");
            diagnostics.add(&section.place("requests"), message, "make the two agree");
        }
        return Mix::Calls { counts };
    }
    match model {
        LoadModel::Open { arrivals, .. } => {
            let counts = apportion(&counts, arrivals_in(arrivals));
            Mix::Calls { counts }
        }
        LoadModel::Closed { .. } => Mix::Calls { counts },
    }
}

/// Whether nobody comes any more after the last stretch of an open load.
fn ends_at_rest(model: &LoadModel) -> bool {
    match model {
        LoadModel::Open { arrivals, .. } => {
            arrivals.last().is_some_and(|last| last.to_per_s <= 0.0)
        }
        LoadModel::Closed { .. } => false,
    }
}

/// Sessions that an evenly spaced schedule holds.
fn arrivals_in(arrivals: &[RateSegment]) -> u64 {
    let integral: f64 = arrivals
        .iter()
        .map(|one| (one.from_per_s + one.to_per_s) / 2.0 * one.for_ns as f64 / 1e9)
        .sum();
    integral.round() as u64
}

/// Splits `total` in the ratio of the shares, by largest remainder, so that it sums exactly.
fn apportion(shares: &[(String, u64)], total: u64) -> Vec<(String, u64)> {
    let sum: u64 = shares.iter().map(|(_, share)| share).sum::<u64>().max(1);
    let mut counts: Vec<(String, u64)> = shares
        .iter()
        .map(|(name, share)| (name.clone(), share * total / sum))
        .collect();
    let given: u64 = counts.iter().map(|(_, count)| count).sum();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(shares[*index].1 * total % sum));
    for index in by_remainder.into_iter().take((total - given) as usize) {
        counts[index].1 += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_become_counts_that_sum_exactly() {
        let shares = [
            ("a".to_owned(), 1),
            ("b".to_owned(), 1),
            ("c".to_owned(), 1),
        ];
        let counts = apportion(&shares, 100);
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 100);
        assert!(counts.iter().all(|(_, count)| (33..=34).contains(count)));
    }
}
