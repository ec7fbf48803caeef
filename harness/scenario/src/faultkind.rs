//! The kinds of faults as a scenario writes them, each with its values.
//!
//! It must not know when a fault acts or how the target is laid out.

use std::ops::Range;

use harness_model::TargetDefinition;
use harness_model::fault::{FaultKind, FaultTarget};
use harness_model::plan::Runtime;

use crate::defaults;
use crate::diagnostics::Diagnostics;
use crate::faultplan::{FaultContext, edge, process};
use crate::section::Section;

pub const KINDS: [&str; 10] = [
    "kill",
    "freeze",
    "restart",
    "crash_loop",
    "cpu",
    "memory",
    "disconnect",
    "latency",
    "refuse",
    "hang",
];

/// The kernel shares out CPU time in periods of 100 ms, at least 1 ms of each.
const LEAST_CORES: f64 = 0.01;

/// Container engines grant no less.
const LEAST_BYTES: u64 = 6 * 1024 * 1024;

/// Below this a process would be killed before it has begun.
const LEAST_EVERY_NS: u64 = 100_000_000;

/// The one kind of a fault and what it strikes; `for_ns` is how long it is on.
pub fn kind_and_target(
    section: &mut Section<'_>,
    context: &FaultContext<'_>,
    for_ns: Option<u64>,
    faults: &mut Diagnostics,
) -> Option<(FaultKind, FaultTarget)> {
    let given: Vec<&'static str> = KINDS.into_iter().filter(|kind| section.has(kind)).collect();
    for kind in KINDS {
        // Every kind is a known key, also the ones that are not used.
        section.node(kind);
    }
    let [kind] = given[..] else {
        let remedy = format!("give exactly one of: {}", KINDS.join(", "));
        faults.add(
            &section.at,
            format!("this fault has {} kinds", given.len()),
            remedy,
        );
        return None;
    };
    let at = section.place(kind);
    if context.runtime == Some(Runtime::External) {
        let message = format!("{kind} needs to own the target, and an external one is not ours");
        faults.add(&at, message, "run it with a target definition");
        return None;
    }
    let found = match kind {
        "latency" | "refuse" | "hang" => of_edge(kind, section, &at, context.target, faults),
        _ => of_process(kind, section, &at, context.target, for_ns, faults),
    }?;
    let missing = (context.missing)(&found.0);
    if let (Some(runtime), false) = (context.runtime, missing.is_empty()) {
        let (runtime, missing) = (runtime.name(), missing.join(" and "));
        let message = format!("{kind} needs {missing}, which runtime {runtime} does not have");
        faults.add(&at, message, "run it with runtime = \"docker\"");
        return None;
    }
    Some(found)
}

fn of_process(
    kind: &'static str,
    section: &mut Section<'_>,
    at: &Range<usize>,
    target: &TargetDefinition,
    for_ns: Option<u64>,
    faults: &mut Diagnostics,
) -> Option<(FaultKind, FaultTarget)> {
    let whole = match kind {
        "kill" => Some(FaultKind::Kill),
        "freeze" => Some(FaultKind::Freeze),
        "restart" => Some(FaultKind::Restart),
        "disconnect" => Some(FaultKind::Disconnect),
        _ => None,
    };
    if let Some(whole) = whole {
        let service = section.text(kind, faults)?;
        return Some((whole, process(&service, at, target, faults)?));
    }
    let table = section.table(kind, faults)?;
    let mut values = Section::new(table, kind, at.clone());
    let of = values.text("of", faults);
    let of = values.required("of", of, faults);
    let place = values.place("of");
    let found = match kind {
        "cpu" => cpu(&mut values, faults),
        "memory" => memory(&mut values, faults),
        _ => crash_loop(&mut values, for_ns, faults),
    };
    values.finish(faults);
    let victim = process(&of?, &place, target, faults)?;
    Some((found?, victim))
}

fn cpu(values: &mut Section<'_>, faults: &mut Diagnostics) -> Option<FaultKind> {
    let cores = values.number("quota", faults);
    let cores = values.required("quota", cores, faults)?;
    if !cores.is_finite() || cores < LEAST_CORES {
        let message = format!("a quota of {cores} cores cannot be set");
        let remedy = format!("it is a share of one core, {LEAST_CORES} or more");
        faults.add(&values.place("quota"), message, remedy);
        return None;
    }
    Some(FaultKind::Cpu { cores })
}

fn memory(values: &mut Section<'_>, faults: &mut Diagnostics) -> Option<FaultKind> {
    let limit = values.bytes("limit", faults);
    let limit_bytes = values.required("limit", limit, faults)?;
    if limit_bytes < LEAST_BYTES {
        let message = format!("a limit of {} MB cannot be set", limit_bytes as f64 / 1e6);
        let remedy = "container engines grant 6.3MB or more";
        faults.add(&values.place("limit"), message, remedy);
        return None;
    }
    Some(FaultKind::Memory { limit_bytes })
}

fn crash_loop(
    values: &mut Section<'_>,
    for_ns: Option<u64>,
    faults: &mut Diagnostics,
) -> Option<FaultKind> {
    let every = values.duration("every", faults);
    let every_ns = values.required("every", every, faults)?;
    if every_ns < LEAST_EVERY_NS {
        let remedy = "leave it 100ms or more to start";
        faults.add(
            &values.place("every"),
            "it would crash before it runs",
            remedy,
        );
        return None;
    }
    if for_ns.is_some_and(|for_ns| for_ns > 0 && every_ns >= for_ns) {
        let remedy = "make the fault longer, or use kill";
        faults.add(&values.place("every"), "it would crash only once", remedy);
        return None;
    }
    Some(FaultKind::CrashLoop { every_ns })
}

fn of_edge(
    kind: &'static str,
    section: &mut Section<'_>,
    at: &Range<usize>,
    target: &TargetDefinition,
    faults: &mut Diagnostics,
) -> Option<(FaultKind, FaultTarget)> {
    if kind == "latency" {
        return latency(section, target, faults);
    }
    let text = section.text(kind, faults)?;
    let kind = match kind {
        "refuse" => FaultKind::Refuse,
        _ => FaultKind::Hang,
    };
    Some((kind, FaultTarget::Edge(edge(&text, at, target, faults)?)))
}

fn latency(
    section: &mut Section<'_>,
    target: &TargetDefinition,
    faults: &mut Diagnostics,
) -> Option<(FaultKind, FaultTarget)> {
    let table = section.table("latency", faults)?;
    let mut latency = Section::new(table, "latency", section.place("latency"))
        .or_else(defaults::of("fault.latency"));
    let on = latency.text("on", faults);
    let on = latency.required("on", on, faults);
    let delay = latency.duration("delay", faults);
    let delay = latency.required("delay", delay, faults);
    let why = "a delay of 0 delays nothing";
    let delay = latency.above_zero("delay", delay, why, faults);
    let jitter_ns = latency.duration("jitter", faults).unwrap_or_default();
    let place = latency.place("on");
    if delay.is_some_and(|delay| jitter_ns > delay) {
        faults.add(
            &latency.place("jitter"),
            "the jitter is larger than the delay",
            "",
        );
    }
    latency.finish(faults);
    let edge = edge(&on?, &place, target, faults)?;
    Some((
        FaultKind::Latency {
            delay_ns: delay?,
            jitter_ns,
        },
        FaultTarget::Edge(edge),
    ))
}
