//! Faults, suspects and traces in `report.json`.

use harness_model::report::{self, Backlog, EvidenceReport, Harm, Noticed, Relapse};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

/// What a fault did.
#[derive(Serialize, JsonSchema)]
pub struct FaultReport<'a> {
    pub name: &'a str,
    /// The name of its kind, such as `kill`.
    pub kind: &'a str,
    /// The service or the edge that it struck.
    pub target: String,
    /// When it was to be injected.
    pub planned_s: f64,
    /// When its effect was on; `None` when it was never injected.
    pub injected_s: Option<f64>,
    /// When its effect was off; `None` when that was not seen.
    pub healed_s: Option<f64>,
    pub evidence: EvidenceReport,
    /// Time to first harm: from injection until the first request was known to be harmed by it;
    /// `None`: the service level never left its band.
    pub first_harm_s: Option<f64>,
    /// The same as `first_harm_s`, by its earlier name.
    pub detection_s: Option<f64>,
    /// When something other than a visitor noticed it.
    pub noticed: &'a Noticed,
    /// From healing to the first moment from which the service level held for the hold time; when
    /// `censored`, a lower bound.
    pub recovery_s: Option<f64>,
    /// Whether the run ended before the service level had held for the hold time.
    pub censored: bool,
    /// Later times in which the service level was out of its band again.
    pub relapses: &'a [Relapse],
    /// Other faults that were felt at the same time, by name: what they did cannot be told apart
    /// from what this one did.
    pub shared: &'a [String],
    /// Only where others share: the least that the recovery took, if all that is shared is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_least_s: Option<f64>,
    /// An earlier fault that was still felt when this one began, by name: what it left behind
    /// cannot be told apart from what this fault did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<&'a str>,
    /// Seconds of full outage that would have cost as many requests, against the schedule.
    pub dip_s: f64,
    /// Requests scheduled that did not succeed in time, beyond the baseline's share.
    pub lost: f64,
    /// Only where the target declares its backlog, and it was seen before, during and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<Backlog>,
    /// Operations that failed more often or became slower while the fault was on.
    pub harmed: &'a [Harm],
    /// Operations that did neither, and were requested often enough while the fault was on to show
    /// it.
    pub contained: &'a [String],
    /// Operations that were requested too seldom, before or while the fault was on, to tell.
    pub unseen: &'a [String],
    /// Requests due while the fault was on that were never sent, as no user was free.
    pub starved: u64,
    /// Ranked, most suspect first; found without knowing what was injected.
    pub suspects: Vec<Suspect<'a>>,
    /// What the suspects were found without; a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind_spots: Vec<String>,
    /// The place of what was really injected among the suspects, from 1; `None` when it is not one
    /// of them.
    pub truth_rank: Option<u32>,
    /// A typical trace before the fault.
    pub before: Option<Waterfall<'a>>,
    /// A typical trace while it was on.
    pub during: Option<Waterfall<'a>>,
    /// A few sentences: what happened, in order.
    pub story: Vec<String>,
}

impl<'a> FaultReport<'a> {
    /// Adds the story, and writes the indications of each suspect as sentences.
    pub fn new(fault: &'a report::FaultReport) -> FaultReport<'a> {
        FaultReport {
            name: &fault.name,
            kind: fault.kind.name(),
            target: fault.target.to_string(),
            planned_s: fault.planned_s,
            injected_s: fault.injected_s,
            healed_s: fault.healed_s,
            evidence: fault.evidence,
            first_harm_s: fault.first_harm_s,
            detection_s: fault.first_harm_s,
            noticed: &fault.noticed,
            recovery_s: fault.recovery_s,
            censored: fault.censored,
            relapses: &fault.relapses,
            shared: &fault.shared,
            recovery_least_s: fault.recovery_least_s,
            unsettled: fault.unsettled.as_deref(),
            dip_s: fault.dip_s,
            lost: fault.lost,
            backlog: fault.backlog,
            harmed: &fault.harmed,
            contained: &fault.contained,
            unseen: &fault.unseen,
            starved: fault.starved,
            suspects: fault.suspects.iter().map(Suspect::new).collect(),
            blind_spots: words::blind_spots(&fault.blind_spots),
            truth_rank: fault.truth_rank,
            before: fault.before.as_ref().map(Waterfall::new),
            during: fault.during.as_ref().map(Waterfall::new),
            story: words::story(fault),
        }
    }
}

/// A service or call path that the telemetry blames for what happened.
#[derive(Serialize, JsonSchema)]
pub struct Suspect<'a> {
    /// The service that is blamed, or the callee of the blamed edge.
    pub service: &'a str,
    /// `caller -> callee` when the call path is blamed rather than the service.
    pub edge: Option<String>,
    /// The part of the service that explains most of it, by the names of its spans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part<'a>>,
    /// 0..=1, relative to the best suspect of this fault.
    pub score: f64,
    /// One sentence for each observation that speaks for it.
    pub why: Vec<String>,
}

impl<'a> Suspect<'a> {
    pub fn new(suspect: &'a report::Suspect) -> Suspect<'a> {
        Suspect {
            service: &suspect.service,
            edge: suspect.edge.as_ref().map(ToString::to_string),
            part: suspect.part.as_ref().map(|part| Part {
                unit: &part.unit,
                operation: part.operation.as_deref(),
            }),
            score: suspect.score,
            why: words::indications(suspect),
        }
    }
}

/// A part of a service.
#[derive(Serialize, JsonSchema)]
pub struct Part<'a> {
    /// A route, a handler or a module.
    pub unit: &'a str,
    /// What the unit was doing, such as a statement.
    pub operation: Option<&'a str>,
}

/// One trace, as it is drawn.
#[derive(Serialize, JsonSchema)]
pub struct Waterfall<'a> {
    /// 32 hexadecimal digits.
    pub trace_id: &'a str,
    /// The operation that was requested.
    pub operation: &'a str,
    pub duration_ms: f64,
    /// Callers before those whom they call, as in a tree.
    pub rows: Vec<WaterfallRow<'a>>,
    /// How many spans have no row.
    pub omitted: u32,
}

impl<'a> Waterfall<'a> {
    fn new(waterfall: &'a report::Waterfall) -> Waterfall<'a> {
        Waterfall {
            trace_id: &waterfall.trace_id,
            operation: &waterfall.operation,
            duration_ms: waterfall.duration_ms,
            rows: waterfall.rows.iter().map(WaterfallRow::new).collect(),
            omitted: waterfall.omitted,
        }
    }
}

/// One span of a trace.
#[derive(Serialize, JsonSchema)]
pub struct WaterfallRow<'a> {
    pub service: &'a str,
    pub name: String,
    /// `server`, `client`, `internal`, `producer` or `consumer`.
    pub kind: &'a str,
    /// 0 for the root.
    pub depth: u32,
    /// From the start of the trace.
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Part of the critical path, in ms.
    pub critical_ms: f64,
    pub failed: bool,
}

impl<'a> WaterfallRow<'a> {
    fn new(row: &'a report::WaterfallRow) -> WaterfallRow<'a> {
        WaterfallRow {
            service: &row.service,
            name: words::span_name(row),
            kind: row.kind.name(),
            depth: row.depth,
            start_ms: row.start_ms,
            duration_ms: row.duration_ms,
            critical_ms: row.critical_ms,
            failed: row.failed,
        }
    }
}
