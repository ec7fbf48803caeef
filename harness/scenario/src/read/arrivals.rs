//! How much load: `rate`, `users`, `ramp` or `steps`, and the spacing of arrivals.

use harness_model::load::{LoadModel, RateSegment, Spacing};

use crate::syntax::{Diagnostics, Section};

/// More steps than this cannot be told apart in a chart.
const MOST_STEPS: u64 = 1000;

/// The keys that say how much; exactly one is given.
const MODELS: [&str; 4] = ["rate", "users", "ramp", "steps"];

/// Fewer steps than this cannot carry a scalability fit.
const STEPS_TO_FIT: u64 = 6;

/// Reads the load's model; `None` when it could not be read.
pub fn read(
    section: &mut Section<'_>,
    warmup_ns: u64,
    duration_ns: u64,
    steps: &[RateSegment],
    diagnostics: &mut Diagnostics,
) -> Option<LoadModel> {
    let rate = section.rate("rate", diagnostics);
    let why = "a rate of 0 sends nothing";
    let rate = section.above_zero("rate", rate, why, diagnostics);
    let users = section.integer("users", diagnostics);
    let why = "0 users can send nothing";
    let users = section.above_zero("users", users, why, diagnostics);
    let ramp = ramp(section, duration_ns, diagnostics);
    if !is_stated_once(section) {
        let message = "[load] must state exactly one of rate, users, ramp and steps";
        let remedy = "give rate (or ramp, or steps) for an open load, users for a closed one";
        diagnostics.add(&section.at, message, remedy);
    }
    let spacing = spacing(section, diagnostics);
    if let Some(users) = users {
        let users = users as usize;
        return Some(LoadModel::Closed { users });
    }
    let arrivals = if let Some(rate) = rate {
        vec![even(rate, duration_ns)]
    } else if let Some(first) = steps.first() {
        let warmup = (warmup_ns > 0).then(|| even(first.from_per_s, warmup_ns));
        warmup.into_iter().chain(steps.iter().cloned()).collect()
    } else {
        vec![ramp?]
    };
    Some(LoadModel::Open { arrivals, spacing })
}

/// Whether exactly one of the keys that say how much is given.
pub fn is_stated_once(section: &Section<'_>) -> bool {
    MODELS.into_iter().filter(|key| section.has(key)).count() == 1
}

fn spacing(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Spacing {
    let arrivals = section.text("arrivals", diagnostics).unwrap_or_default();
    match arrivals.as_str() {
        "poisson" => Spacing::Poisson,
        "constant" => Spacing::Constant,
        other => {
            let message = format!("arrivals is {other:?}");
            let at = section.place("arrivals");
            diagnostics.add(&at, message, "it must be constant or poisson");
            Spacing::Poisson
        }
    }
}

fn even(per_s: f64, for_ns: u64) -> RateSegment {
    RateSegment {
        from_per_s: per_s,
        to_per_s: per_s,
        for_ns,
    }
}

/// Reads `ramp = { from = "5/s", to = "50/s" }`.
fn ramp(
    section: &mut Section<'_>,
    for_ns: u64,
    diagnostics: &mut Diagnostics,
) -> Option<RateSegment> {
    let table = section.table("ramp", diagnostics)?;
    let mut ramp = Section::new(table, "ramp", section.place("ramp"));
    let (from, to) = (ramp.rate("from", diagnostics), ramp.rate("to", diagnostics));
    let from = ramp.required("from", from, diagnostics);
    let to = ramp.required("to", to, diagnostics);
    if (from, to) == (Some(0.0), Some(0.0)) {
        diagnostics.add(&ramp.at, "a ramp from 0 to 0 sends nothing", "");
    }
    ramp.finish(diagnostics);
    Some(RateSegment {
        from_per_s: from?,
        to_per_s: to?,
        for_ns,
    })
}

/// Reads `steps = { from = "20/s", by = "20/s", count = 8, every = "10s" }`; empty when it is
/// absent or wrong.
pub fn steps(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Vec<RateSegment> {
    let Some(table) = section.table("steps", diagnostics) else {
        return Vec::new();
    };
    let at = section.place("steps");
    let mut steps = Section::new(table, "steps", at.clone());
    let from = steps.rate("from", diagnostics);
    let from = steps.above_zero("from", from, "the first step sends nothing", diagnostics);
    let from = steps.required("from", from, diagnostics);
    let by = steps.rate("by", diagnostics);
    let why = "steps that do not rise show no growth";
    let by = steps.above_zero("by", by, why, diagnostics);
    let by = steps.required("by", by, diagnostics);
    let count = steps.integer("count", diagnostics);
    let count = steps.required("count", count, diagnostics);
    let every = steps.duration("every", diagnostics);
    let why = "a step of no length shows nothing";
    let every = steps.above_zero("every", every, why, diagnostics);
    let every = steps.required("every", every, diagnostics);
    steps.finish(diagnostics);
    let (Some(from), Some(by), Some(count), Some(for_ns)) = (from, by, count, every) else {
        return Vec::new();
    };
    if count < 2 {
        let remedy = format!("give at least {STEPS_TO_FIT} for a scalability fit");
        diagnostics.add(&at, "one step shows no growth", remedy);
    }
    if count > MOST_STEPS {
        let message = format!("a chart of {count} steps cannot be read");
        diagnostics.add(&at, message, format!("give at most {MOST_STEPS}"));
        return Vec::new();
    }
    let rate = |step: u64| from + by * step as f64;
    (0..count).map(|step| even(rate(step), for_ns)).collect()
}
