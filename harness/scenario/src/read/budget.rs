//! `[[budget]]`: limits on what the run will show.

use harness_model::plan::{Budget, Measure, Phase, Subject};
use harness_model::workload::Workload;
use harness_model::{FaultPlan, TargetDefinition};

use crate::defaults;
use crate::syntax::{Diagnostics, Section, Span, Table, unknown};

/// What a budget may be about.
pub struct Subjects<'a> {
    /// `None` when it could not be read: then its services are not looked up.
    pub target: Option<&'a TargetDefinition>,
    /// As above; it is without operations when it could not be read itself.
    pub workload: Option<&'a Workload>,
    pub faults: &'a [FaultPlan],
    pub phases: &'a [Phase],
    /// False when a fault could not be read: then its name and phases would be missing here, and
    /// diagnostics about them would only follow from the first mistake.
    pub faults_are_known: bool,
    /// False when the load's length is not known either.
    pub phases_are_known: bool,
}

/// Reads all budgets and looks up what they name.
pub fn read(
    members: &[(&Table, Span)],
    subjects: &Subjects<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Budget> {
    let mut budgets = Vec::new();
    for (table, at) in members {
        let mut section =
            Section::new(table, "[[budget]]", at.clone()).or_else(defaults::of("budget"));
        if let Some(budget) = one(&mut section, subjects, diagnostics) {
            budgets.push((budget, section.place("of_success")));
        }
        section.finish(diagnostics);
    }
    let failures_have_a_limit =
        |latency: &Budget| budgets.iter().any(|(one, _)| covers(one, latency));
    for (latency, at) in budgets.iter().filter(|(budget, _)| budget.of_success) {
        if !failures_have_a_limit(latency) {
            let message = format!(
                "this {} leaves failures out, and no error_rate of {} is budgeted beside it",
                latency.measure.name(),
                latency.of
            );
            let remedy = "add a [[budget]] with error_rate and the same of and in, or leave \
                          of_success out";
            diagnostics.add(at, message, remedy);
        }
    }
    budgets.into_iter().map(|(budget, _)| budget).collect()
}

/// Whether one budget limits the failures of just the requests whose latency the other limits; a
/// share of more requests would let many of these fail.
fn covers(errors: &Budget, latency: &Budget) -> bool {
    let same = errors.of == latency.of && errors.within == latency.within;
    errors.measure == Measure::ErrorRate && same
}

fn one(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Budget> {
    let measure = measure(section, diagnostics);
    let of = subject(section, subjects, diagnostics);
    let within = phases(section, subjects, diagnostics);
    let of_success = section.flag("of_success", diagnostics).unwrap_or_default();
    let ((measure, limit), of) = (measure?, of?);
    let of_fault = matches!(of, Subject::Fault(_));
    let about_faults = matches!(
        measure,
        Measure::Recovery | Measure::Detection | Measure::Dip | Measure::Lost
    );
    if of_fault != about_faults {
        let name = measure.name();
        let (message, remedy) = if about_faults {
            (
                format!("{name} is a measure of a fault, not of {of}"),
                "write of = \"fault:NAME\"",
            )
        } else {
            (
                format!("{name} is not a measure of a fault"),
                "use recovery, detection, dip or lost",
            )
        };
        diagnostics.add(&section.at, message, remedy);
        return None;
    }
    if of_success && measure.quantile().is_none() {
        let message = format!("{} is not a latency", measure.name());
        let at = section.place("of_success");
        diagnostics.add(&at, message, "only a latency can be one of successes");
    }
    let (line, column) = diagnostics.place(section.at.start);
    Some(Budget {
        measure,
        of,
        within,
        limit,
        of_success,
        stated_at: format!("{line}:{column}"),
    })
}

fn measure(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Option<(Measure, f64)> {
    // Every measure is a known key, also the ones that are not used.
    let given = Measure::ALL.map(|measure| section.node(measure.name()).map(|_| measure));
    let given: Vec<Measure> = given.into_iter().flatten().collect();
    let [measure] = given[..] else {
        let message = format!("this budget has {} measures", given.len());
        let names = Measure::ALL.map(Measure::name).join(", ");
        let remedy = format!("give exactly one of: {names}");
        diagnostics.add(&section.at, message, remedy);
        return None;
    };
    let key = measure.name();
    let limit = match measure {
        Measure::P50
        | Measure::P90
        | Measure::P95
        | Measure::P99
        | Measure::P999
        | Measure::Max => {
            let ns = section.duration(key, diagnostics);
            let ns = section.above_zero(key, ns, "no response takes no time", diagnostics);
            ns.map(|ns| ns as f64 / 1e6)
        }
        Measure::Recovery | Measure::Detection | Measure::Dip => {
            section.duration(key, diagnostics).map(|ns| ns as f64 / 1e9)
        }
        Measure::ErrorRate => section.share(key, diagnostics),
        Measure::Throughput => {
            let rate = section.rate(key, diagnostics);
            let why = "any throughput is at least 0";
            section.above_zero(key, rate, why, diagnostics)
        }
        Measure::Lost => section.number(key, diagnostics),
    };
    Some((measure, limit?))
}

fn subject(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Subject> {
    let Some(text) = section.text("of", diagnostics) else {
        return (!section.has("of")).then_some(Subject::All);
    };
    let at = section.place("of");
    let (what, name) = text.split_once(':').unwrap_or(("operation", &text));
    let operations = subjects.workload.map_or(&[][..], |one| &one.operations);
    let services = subjects.target.map_or(&[][..], |one| &one.services);
    let owned = name.to_owned();
    let (subject, known, all): (Subject, Vec<&str>, bool) = match what {
        "operation" => {
            let names = operations.iter().map(|one| one.name.as_str());
            let all = !operations.is_empty();
            (Subject::Operation(owned), names.collect(), all)
        }
        "group" => {
            let names = operations.iter().map(|one| one.group.as_str());
            let all = !operations.is_empty();
            (Subject::Group(owned), names.collect(), all)
        }
        "service" => {
            let names = services.iter().map(|one| one.name.as_str());
            let all = subjects.target.is_some();
            (Subject::Service(owned), names.collect(), all)
        }
        "fault" => {
            let names = subjects.faults.iter().map(|one| one.name.as_str());
            (
                Subject::Fault(owned),
                names.collect(),
                subjects.faults_are_known,
            )
        }
        other => {
            let remedy = "write an operation's name, or operation:, group:, service: or fault: \
                          and a name";
            diagnostics.add(&at, format!("a budget cannot be of a {other}"), remedy);
            return None;
        }
    };
    if known.contains(&name) {
        return Some(subject);
    }
    if all {
        unknown(what, name, &at, known.into_iter(), diagnostics);
    }
    None
}

fn phases(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let names = section.texts("in", diagnostics).unwrap_or_default();
    let phases = subjects.phases;
    for (name, at) in &names {
        if subjects.phases_are_known && !phases.iter().any(|phase| phase.name == *name) {
            let known = phases.iter().map(|phase| phase.name.as_str());
            unknown("phase", name, at, known, diagnostics);
        }
    }
    names.into_iter().map(|(name, _)| name).collect()
}
