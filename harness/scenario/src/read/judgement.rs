//! `[judgement]`: how the answers are judged.

use harness_model::plan::{Judgement, Schedule};

use crate::defaults;
use crate::syntax::{Diagnostics, Section, Table, unknown};

/// Reads the section; all of it may be left out.
pub fn read(root: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Judgement {
    let at = root.place("judgement");
    let nothing = Table::new();
    let table = root.table("judgement", diagnostics).unwrap_or(&nothing);
    let mut section = Section::new(table, "[judgement]", at).or_else(defaults::of("judgement"));
    let mut time = |key, why| {
        let value = section.duration(key, diagnostics);
        let value = section.above_zero(key, value, why, diagnostics);
        value.unwrap_or_default()
    };
    let bucket_ns = time("bucket", "a bucket of no width holds no request");
    let hold_ns = time("hold", "a level that is not held has not recovered");
    let deadline_ns = time("deadline", "no response takes no time");
    let mut share = |key| section.share(key, diagnostics).unwrap_or_default();
    let judgement = Judgement {
        bucket_ns,
        hold_ns,
        deadline_ns,
        band_floor: share("band_floor"),
        min_trace_coverage: share("min_trace_coverage"),
        confidence: share("confidence"),
        min_rate: share("min_rate"),
        max_unsent: share("max_unsent"),
        tolerance: share("tolerance"),
        schedule: schedule(&mut section, diagnostics),
    };
    if judgement.band_floor >= 1.0 {
        let message = "the service level can never leave a band this wide";
        let at = section.place("band_floor");
        diagnostics.add(&at, message, "it must be below 100%");
    }
    if !(judgement.confidence > 0.0 && judgement.confidence < 1.0) {
        let (at, remedy) = (section.place("confidence"), "such as \"95%\"");
        diagnostics.add(&at, "an interval cannot have this confidence", remedy);
    }
    section.finish(diagnostics);
    judgement
}

fn schedule(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Schedule {
    let name = section.text("schedule", diagnostics).unwrap_or_default();
    let known = Schedule::ALL.into_iter().find(|one| one.name() == name);
    if known.is_none() && section.has("schedule") {
        let names = Schedule::ALL.into_iter().map(Schedule::name);
        unknown(
            "schedule",
            &name,
            &section.place("schedule"),
            names,
            diagnostics,
        );
    }
    known.unwrap_or_default()
}
