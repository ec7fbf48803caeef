//! `[[budget]]`: limits on what the run will show.

use std::ops::Range;

use harness_model::plan::{Budget, Measure, Phase, Subject};
use harness_model::workload::Workload;
use harness_model::{FaultPlan, TargetDefinition};

use crate::defaults;
use crate::diagnostics::Diagnostics;
use crate::section::Section;
use crate::tree::Table;
use crate::workload::unknown;

pub const MEASURES: [(&str, Measure); 12] = [
    ("p50", Measure::P50),
    ("p90", Measure::P90),
    ("p95", Measure::P95),
    ("p99", Measure::P99),
    ("p999", Measure::P999),
    ("max", Measure::Max),
    ("error_rate", Measure::ErrorRate),
    ("throughput", Measure::Throughput),
    ("recovery", Measure::Recovery),
    ("detection", Measure::Detection),
    ("dip", Measure::Dip),
    ("lost", Measure::Lost),
];

/// What a budget may speak of.
pub struct Subjects<'a> {
    /// `None` when it could not be read: then its services are not looked up.
    pub target: Option<&'a TargetDefinition>,
    /// As above; it is without operations when it could not be read itself.
    pub workload: Option<&'a Workload>,
    pub faults: &'a [FaultPlan],
    pub phases: &'a [Phase],
    /// False when a fault could not be read: then its name and phases would be missing here, and
    /// complaints about them would only follow from the first mistake.
    pub faults_are_known: bool,
    /// False when the load's length is not known either.
    pub phases_are_known: bool,
}

pub fn read(
    members: &[(&Table, Range<usize>)],
    subjects: &Subjects<'_>,
    faults: &mut Diagnostics,
) -> Vec<Budget> {
    let mut budgets = Vec::new();
    for (table, at) in members {
        let mut section =
            Section::new(table, "[[budget]]", at.clone()).or_else(defaults::of("budget"));
        budgets.extend(one(&mut section, subjects, faults));
        section.finish(faults);
    }
    budgets
}

fn one(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    faults: &mut Diagnostics,
) -> Option<Budget> {
    let measure = measure(section, faults);
    let of = subject(section, subjects, faults);
    let within = phases(section, subjects, faults);
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
                format!("{name} is no measure of a fault"),
                "use recovery, detection, dip or lost",
            )
        };
        faults.add(&section.at, message, remedy);
        return None;
    }
    let (line, column) = faults.place(section.at.start);
    Some(Budget {
        measure,
        of,
        within,
        limit,
        stated_at: format!("{line}:{column}"),
    })
}

fn measure(section: &mut Section<'_>, faults: &mut Diagnostics) -> Option<(Measure, f64)> {
    let given: Vec<(&'static str, Measure)> = MEASURES
        .into_iter()
        .filter(|(key, _)| section.has(key))
        .collect();
    for (key, _) in MEASURES {
        section.node(key);
    }
    let [(key, measure)] = given[..] else {
        let keys: Vec<&str> = MEASURES.iter().map(|(key, _)| *key).collect();
        let remedy = format!("give exactly one of: {}", keys.join(", "));
        faults.add(
            &section.at,
            format!("this budget has {} measures", given.len()),
            remedy,
        );
        return None;
    };
    let limit = match measure.unit() {
        "ms" => {
            let ns = section.duration(key, faults);
            let ns = section.above_zero(key, ns, "no response takes no time", faults);
            ns.map(|ns| ns as f64 / 1e6)
        }
        "s" => section.duration(key, faults).map(|ns| ns as f64 / 1e9),
        "ratio" => section.share(key, faults),
        "1/s" => {
            let rate = section.rate(key, faults);
            section.above_zero(key, rate, "any throughput is at least 0", faults)
        }
        _ => section.number(key, faults),
    };
    Some((measure, limit?))
}

fn subject(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    faults: &mut Diagnostics,
) -> Option<Subject> {
    let Some(text) = section.text("of", faults) else {
        return (!section.has("of")).then_some(Subject::All);
    };
    let at = section.place("of");
    let (what, name) = text.split_once(':').unwrap_or(("operation", &text));
    let operations = subjects.workload.map_or(&[][..], |one| &one.operations);
    let services = subjects.target.map_or(&[][..], |one| &one.services);
    let (known, all): (Vec<&str>, bool) = match what {
        "operation" => {
            let names = operations.iter().map(|one| one.name.as_str());
            (names.collect(), !operations.is_empty())
        }
        "group" => {
            let names = operations.iter().map(|one| one.group.as_str());
            (names.collect(), !operations.is_empty())
        }
        "service" => {
            let names = services.iter().map(|one| one.name.as_str());
            (names.collect(), subjects.target.is_some())
        }
        "fault" => {
            let names = subjects.faults.iter().map(|one| one.name.as_str());
            (names.collect(), subjects.faults_are_known)
        }
        other => {
            let remedy = "write an operation's name, or operation:, group:, service: or fault: \
                          and a name";
            faults.add(&at, format!("a budget cannot be of a {other}"), remedy);
            return None;
        }
    };
    if !known.contains(&name) {
        if all {
            unknown(what, name, &at, known.iter().copied(), faults);
        }
        return None;
    }
    let name = name.to_owned();
    Some(match what {
        "group" => Subject::Group(name),
        "service" => Subject::Service(name),
        "fault" => Subject::Fault(name),
        _ => Subject::Operation(name),
    })
}

fn phases(
    section: &mut Section<'_>,
    subjects: &Subjects<'_>,
    faults: &mut Diagnostics,
) -> Vec<String> {
    let names = section.texts("in", faults).unwrap_or_default();
    let phases = subjects.phases;
    for (name, at) in &names {
        if subjects.phases_are_known && !phases.iter().any(|phase| phase.name == *name) {
            let known = phases.iter().map(|phase| phase.name.as_str());
            unknown("phase", name, at, known, faults);
        }
    }
    names.into_iter().map(|(name, _)| name).collect()
}
