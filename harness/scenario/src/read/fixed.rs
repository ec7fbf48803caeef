//! What a plan holds and no scenario can change: `[plan]` of the defaults.

use harness_model::plan::TelemetryPlan;

use crate::defaults;
use crate::syntax::{Diagnostics, Section, Table, WHOLE_FILE};

/// How the telemetry is collected.
pub fn telemetry(diagnostics: &mut Diagnostics) -> TelemetryPlan {
    let nothing = Table::new();
    let mut section = section(&nothing);
    let mut time = |key| section.duration(key, diagnostics).unwrap_or_default();
    TelemetryPlan {
        scrape_interval_ns: time("scrape_interval"),
        drain_within_ns: time("drain_within"),
    }
}

/// CPU niceness of the target's processes.
pub fn nice(diagnostics: &mut Diagnostics) -> i8 {
    let nothing = Table::new();
    let nice = section(&nothing).integer("nice", diagnostics);
    nice.and_then(|nice| i8::try_from(nice).ok())
        .unwrap_or_default()
}

fn section(nothing: &Table) -> Section<'_> {
    Section::new(nothing, "[plan]", WHOLE_FILE).or_else(defaults::of("plan"))
}
