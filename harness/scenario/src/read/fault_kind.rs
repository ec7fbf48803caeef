//! The kinds of faults as a scenario writes them, each with its parameters.
//!
//! It must not know when a fault acts or how the target is laid out.

use harness_model::fault::{FaultKind, FaultTarget, Strikes};
use harness_model::plan::Runtime;

use super::victim::{FaultContext, victim};
use crate::defaults;
use crate::syntax::{Diagnostics, Section};

/// The kernel shares out CPU time in periods of 100 ms, at least 1 ms of each.
const LEAST_CORES: f64 = 0.01;

/// Container engines grant no less.
const LEAST_BYTES: u64 = 6 * 1024 * 1024;

/// A process that lives for a shorter time is killed before it has started.
const LEAST_EVERY_NS: u64 = 100_000_000;

/// The one kind of a fault and what it strikes; `for_ns` is how long it is on.
pub fn kind_and_target(
    section: &mut Section<'_>,
    context: &FaultContext<'_>,
    for_ns: Option<u64>,
    diagnostics: &mut Diagnostics,
) -> Option<(FaultKind, FaultTarget)> {
    let kind = given(section, diagnostics)?;
    let name = kind.name();
    let at = section.place(name);
    if context.runtime == Some(Runtime::External) {
        let message = format!("{name} works only on a target that the harness starts itself");
        diagnostics.add(&at, message, "give a target definition instead of a url");
        return None;
    }
    let Some(read) = parameters(&kind) else {
        let text = section.text(name, diagnostics)?;
        let target = victim(kind.strikes(), &text, &at, context.target, diagnostics)?;
        return Some((kind, target));
    };
    let table = section.table(name, diagnostics)?;
    let defaults = defaults::of(&format!("fault.{name}"));
    let mut values = Section::new(table, name, at).or_else(defaults);
    let key = match kind.strikes() {
        Strikes::Process => "of",
        Strikes::Edge => "on",
    };
    let struck = values.text(key, diagnostics);
    let struck = values.required(key, struck, diagnostics);
    let at = values.place(key);
    let complete = read(&mut values, for_ns, diagnostics);
    values.finish(diagnostics);
    let target = victim(kind.strikes(), &struck?, &at, context.target, diagnostics)?;
    Some((complete?, target))
}

/// The kind whose key is there, without its parameters.
fn given(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Option<FaultKind> {
    // Every kind is a known key, also the ones that are not used.
    let given = FaultKind::ALL.map(|kind| section.node(kind.name()).map(|_| kind));
    let given: Vec<FaultKind> = given.into_iter().flatten().collect();
    let [kind] = &given[..] else {
        let message = format!("this fault has {} kinds", given.len());
        let names = FaultKind::ALL.map(|kind| kind.name()).join(", ");
        let remedy = format!("give exactly one of: {names}");
        diagnostics.add(&section.at, message, remedy);
        return None;
    };
    Some(kind.clone())
}

/// Reads the parameters of one kind; the second argument is how long the fault is on.
type Reader = fn(&mut Section<'_>, Option<u64>, &mut Diagnostics) -> Option<FaultKind>;

/// How a kind's parameters are read; `None` for a kind that is written as its victim alone.
fn parameters(kind: &FaultKind) -> Option<Reader> {
    match kind {
        FaultKind::Kill
        | FaultKind::Freeze
        | FaultKind::Restart
        | FaultKind::Disconnect
        | FaultKind::Refuse
        | FaultKind::Hang => None,
        FaultKind::CrashLoop { .. } => Some(crash_loop),
        FaultKind::Cpu { .. } => Some(cpu),
        FaultKind::Memory { .. } => Some(memory),
        FaultKind::Latency { .. } => Some(latency),
    }
}

fn cpu(
    values: &mut Section<'_>,
    _: Option<u64>,
    diagnostics: &mut Diagnostics,
) -> Option<FaultKind> {
    let cores = values.number("quota", diagnostics);
    let cores = values.required("quota", cores, diagnostics)?;
    if cores < LEAST_CORES {
        let message = format!("a quota of {cores} cores cannot be set");
        let remedy = format!("it is a share of one core, {LEAST_CORES} or more");
        diagnostics.add(&values.place("quota"), message, remedy);
        return None;
    }
    Some(FaultKind::Cpu { cores })
}

fn memory(
    values: &mut Section<'_>,
    _: Option<u64>,
    diagnostics: &mut Diagnostics,
) -> Option<FaultKind> {
    let limit = values.bytes("limit", diagnostics);
    let limit_bytes = values.required("limit", limit, diagnostics)?;
    if limit_bytes < LEAST_BYTES {
        let message = format!("a limit of {} MB cannot be set", limit_bytes as f64 / 1e6);
        let remedy = "container engines grant 6.3MB or more";
        diagnostics.add(&values.place("limit"), message, remedy);
        return None;
    }
    Some(FaultKind::Memory { limit_bytes })
}

fn crash_loop(
    values: &mut Section<'_>,
    for_ns: Option<u64>,
    diagnostics: &mut Diagnostics,
) -> Option<FaultKind> {
    let every = values.duration("every", diagnostics);
    let every_ns = values.required("every", every, diagnostics)?;
    let at = values.place("every");
    if every_ns < LEAST_EVERY_NS {
        let message = "the process would be killed before it has started";
        diagnostics.add(&at, message, "leave it 100ms or more to start");
        return None;
    }
    if for_ns.is_some_and(|for_ns| for_ns > 0 && every_ns >= for_ns) {
        let message = "the process would crash only once";
        diagnostics.add(&at, message, "make the fault longer, or use kill");
        return None;
    }
    Some(FaultKind::CrashLoop { every_ns })
}

fn latency(
    values: &mut Section<'_>,
    _: Option<u64>,
    diagnostics: &mut Diagnostics,
) -> Option<FaultKind> {
    let delay = values.duration("delay", diagnostics);
    let delay = values.required("delay", delay, diagnostics);
    let why = "a delay of 0 delays nothing";
    let delay = values.above_zero("delay", delay, why, diagnostics);
    let jitter_ns = values.duration("jitter", diagnostics).unwrap_or_default();
    if delay.is_some_and(|delay| jitter_ns > delay) {
        let message = "the jitter is larger than the delay";
        diagnostics.add(&values.place("jitter"), message, "");
    }
    Some(FaultKind::Latency {
        delay_ns: delay?,
        jitter_ns,
    })
}
