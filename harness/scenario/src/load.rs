//! `[load]`: how much, of what, when.

use std::collections::BTreeMap;

use harness_model::load::{LoadModel, LoadPlan, Mix, RateSegment, Spacing};

use crate::diagnostics::Diagnostics;
use crate::section::Section;
use crate::workload::{NamedMix, WorkloadFile, mix, unknown};

/// Of a stepped load.
const MOST_STEPS: u64 = 1000;

/// What phases need to know of the load besides its plan.
#[derive(Debug, Clone)]
pub struct LoadShape {
    pub plan: LoadPlan,
    pub warmup_ns: u64,
    /// The stepped load's steps, after the warm-up.
    pub steps: Vec<RateSegment>,
    /// Draw -> the setting of a target that says how many there are.
    pub counted: BTreeMap<String, String>,
}

/// Reads the section. Diagnostics are noted, and what they leave unknown is empty or 0, so that faults
/// and budgets of the scenario can be checked all the same.
pub fn read(section: &mut Section<'_>, file: &WorkloadFile, faults: &mut Diagnostics) -> LoadShape {
    let warmup_ns = section.duration("warmup", faults).unwrap_or_default();
    let steps = steps(section, faults);
    let duration = section.duration("duration", faults);
    let duration = section.above_zero("duration", duration, "no load is so short", faults);
    let duration_ns = if !section.has("steps") {
        section.required("duration", duration, faults)
    } else {
        let stepped = warmup_ns + steps.iter().map(|step| step.for_ns).sum::<u64>();
        (!steps.is_empty()).then_some(stepped)
    };
    let model = model(section, warmup_ns, duration_ns.unwrap_or(0), &steps, faults);
    let requests = section.integer("requests", faults);
    let requests = section.above_zero("requests", requests, "0 requests are no load", faults);
    let named = named_mix(section, file, faults);
    let think = section.factor("think", faults).unwrap_or_default();
    let mut time = |key, why| {
        let value = section.duration(key, faults);
        let value = section.above_zero(key, value, why, faults);
        value.unwrap_or_default()
    };
    let timeout_ns = time("timeout", "no request is answered in no time");
    let patience_ns = time("patience", "no visit begins without any delay");
    let lateness_limit_ns = time("lateness_limit", "no generator is never late");
    let pool = section.integer("pool", faults);
    let pool = section.above_zero("pool", pool, "a pool of 0 users can send nothing", faults);
    let mut plan = LoadPlan {
        model: model.unwrap_or(LoadModel::Closed { users: 1 }),
        mix: Mix::Journeys {
            weights: Vec::new(),
        },
        workload: file.workload.clone(),
        duration_ns: duration_ns.unwrap_or(0),
        requests,
        pool: pool.unwrap_or_default() as usize,
        think_median_ns: (file.think_ns as f64 * think) as u64,
        think_sigma: file.think_sigma,
        timeout_ns,
        patience_ns,
        lateness_limit_ns,
    };
    if duration_ns.is_some_and(|duration_ns| duration_ns > 0 && warmup_ns >= duration_ns) {
        faults.add(
            &section.place("warmup"),
            "the warm-up leaves no time for the load",
            "",
        );
    }
    plan.workload.prelude = named.prelude.clone();
    plan.mix = resolve_mix(named, &mut plan, section, faults);
    LoadShape {
        plan,
        warmup_ns,
        steps,
        counted: file.counted.clone(),
    }
}

fn model(
    section: &mut Section<'_>,
    warmup_ns: u64,
    duration_ns: u64,
    steps: &[RateSegment],
    faults: &mut Diagnostics,
) -> Option<LoadModel> {
    let rate = section.rate("rate", faults);
    let rate = section.above_zero("rate", rate, "a rate of 0 sends nothing", faults);
    let users = section.integer("users", faults);
    let users = section.above_zero("users", users, "0 users can send nothing", faults);
    let ramp = ramp(section, duration_ns, faults);
    if models(section) != 1 {
        let remedy = "give rate (or ramp, or steps) for an open load, users for a closed one";
        faults.add(&section.at, "[load] must say how much, once", remedy);
    }
    let arrivals = section.text("arrivals", faults).unwrap_or_default();
    let spacing = match arrivals.as_str() {
        "poisson" => Spacing::Poisson,
        "constant" => Spacing::Constant,
        other => {
            let at = section.place("arrivals");
            faults.add(
                &at,
                format!("arrivals is {other:?}"),
                "it must be constant or poisson",
            );
            Spacing::Poisson
        }
    };
    if let Some(users) = users {
        return Some(LoadModel::Closed {
            users: users as usize,
        });
    }
    let arrivals = if let Some(rate) = rate {
        vec![RateSegment {
            from_per_s: rate,
            to_per_s: rate,
            for_ns: duration_ns,
        }]
    } else if let Some(first) = steps.first() {
        let warmup = RateSegment {
            for_ns: warmup_ns,
            ..first.clone()
        };
        let warmup = (warmup_ns > 0).then_some(warmup);
        warmup.into_iter().chain(steps.iter().cloned()).collect()
    } else {
        vec![ramp?]
    };
    Some(LoadModel::Open { arrivals, spacing })
}

/// How many of the keys that say how much are given; one is right.
fn models(section: &Section<'_>) -> usize {
    let keys = ["rate", "users", "ramp", "steps"];
    keys.into_iter().filter(|key| section.has(key)).count()
}

fn ramp(section: &mut Section<'_>, for_ns: u64, faults: &mut Diagnostics) -> Option<RateSegment> {
    let table = section.table("ramp", faults)?;
    let mut ramp = Section::new(table, "ramp", section.place("ramp"));
    let (from, to) = (ramp.rate("from", faults), ramp.rate("to", faults));
    let from = ramp.required("from", from, faults);
    let to = ramp.required("to", to, faults);
    if (from, to) == (Some(0.0), Some(0.0)) {
        faults.add(&ramp.at, "a ramp from 0 to 0 sends nothing", "");
    }
    ramp.finish(faults);
    Some(RateSegment {
        from_per_s: from?,
        to_per_s: to?,
        for_ns,
    })
}

/// `steps = { from = "20/s", by = "20/s", count = 8, every = "10s" }`.
fn steps(section: &mut Section<'_>, faults: &mut Diagnostics) -> Vec<RateSegment> {
    let Some(table) = section.table("steps", faults) else {
        return Vec::new();
    };
    let at = section.place("steps");
    let mut steps = Section::new(table, "steps", at.clone());
    let from = steps.rate("from", faults);
    let from = steps.above_zero("from", from, "the first step sends nothing", faults);
    let by = steps.rate("by", faults);
    let by = steps.above_zero("by", by, "steps that do not rise show no growth", faults);
    let every = steps.duration("every", faults);
    let every = steps.above_zero("every", every, "a step of no length shows nothing", faults);
    let values = (from, by, steps.integer("count", faults), every);
    for (key, given) in [
        ("from", values.0.is_some()),
        ("by", values.1.is_some()),
        ("count", values.2.is_some()),
        ("every", values.3.is_some()),
    ] {
        steps.required(key, given.then_some(()), faults);
    }
    steps.finish(faults);
    let (Some(from), Some(by), Some(count), Some(for_ns)) = values else {
        return Vec::new();
    };
    if count < 2 {
        faults.add(
            &at,
            "one step shows no growth",
            "give at least 6 for a scalability fit",
        );
    }
    if count > MOST_STEPS {
        let remedy = format!("give at most {MOST_STEPS}");
        faults.add(
            &at,
            format!("nobody can read a chart of {count} steps"),
            remedy,
        );
        return Vec::new();
    }
    let rate = |step: u64| from + by * step as f64;
    (0..count)
        .map(|step| RateSegment {
            from_per_s: rate(step),
            to_per_s: rate(step),
            for_ns,
        })
        .collect()
}

fn named_mix(section: &mut Section<'_>, file: &WorkloadFile, faults: &mut Diagnostics) -> NamedMix {
    let inline = mix(section, &file.workload, faults);
    let Some(name) = section.text("mix", faults) else {
        if section.has("journeys") == section.has("calls") {
            let remedy = "name a mix of the workload, or give either journeys or calls";
            faults.add(&section.at, "[load] does not say what visitors do", remedy);
        }
        return inline;
    };
    for key in ["journeys", "calls", "prelude"] {
        if section.has(key) {
            let message = format!("{key} is given beside mix = {name:?}");
            faults.add(
                &section.place(key),
                message,
                "the mix says it; keep one of the two",
            );
        }
    }
    match file.mixes.get(&name) {
        Some(mix) => mix.clone(),
        // The workload could not be read, which is told already.
        None if file.workload.operations.is_empty() => NamedMix::default(),
        None => {
            let known = file.mixes.keys().map(String::as_str);
            unknown("mix", &name, &section.place("mix"), known, faults);
            NamedMix::default()
        }
    }
}

/// Turns shares of calls into exact counts, and checks counts against `requests`.
fn resolve_mix(
    named: NamedMix,
    plan: &mut LoadPlan,
    section: &Section<'_>,
    faults: &mut Diagnostics,
) -> Mix {
    if named.calls.is_empty() {
        return Mix::Journeys {
            weights: named.journeys,
        };
    }
    let sum: u64 = named.calls.iter().map(|(_, count)| count).sum();
    if let Some(requests) = plan.requests.filter(|requests| *requests > 0) {
        if requests != sum {
            let message = format!("requests is {requests}, but the calls of the mix sum to {sum}");
            faults.add(&section.place("requests"), message, "make the two agree");
        }
        return Mix::Calls {
            counts: named.calls,
        };
    }
    match &plan.model {
        LoadModel::Open { arrivals, .. } => {
            let due = arrivals_in(arrivals);
            Mix::Calls {
                counts: apportion(&named.calls, due),
            }
        }
        LoadModel::Closed { .. } if !section.has("users") || models(section) > 1 => {
            // The model could not be read, which is told already.
            Mix::Calls {
                counts: named.calls,
            }
        }
        LoadModel::Closed { .. } => {
            let at = section.at.clone();
            faults.add(
                &at,
                "a closed load of single calls has no end",
                "give requests",
            );
            Mix::Calls {
                counts: named.calls,
            }
        }
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
