//! Faults, suspects and traces in `report.json`.

use harness_model::report::{self, Backlog, EvidenceReport, Harm};
use schemars::JsonSchema;
use serde::Serialize;

use crate::words;

#[derive(Serialize, JsonSchema)]
pub struct FaultReport<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub target: String,
    pub planned_s: f64,
    pub injected_s: Option<f64>,
    pub healed_s: Option<f64>,
    pub evidence: EvidenceReport,
    /// From injection until the first request was known to be lost to it; `None`: the service level
    /// never left its band.
    pub detection_s: Option<f64>,
    /// From healing until it was back for good; when `censored`, a lower bound.
    pub recovery_s: Option<f64>,
    pub censored: bool,
    /// An earlier fault that was still felt when this one began, by name: what it left behind
    /// cannot be told apart from what this fault did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<&'a str>,
    /// Equivalent seconds of full outage, against the schedule.
    pub dip_s: f64,
    /// Requests scheduled that did not succeed in time, beyond the baseline's share.
    pub lost: f64,
    /// Only where the target declares its backlog, and it was seen before, during and after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<Backlog>,
    /// Operations that failed more often or became slower while the fault was on.
    pub harmed: &'a [Harm],
    /// Operations that were asked while the fault was on, and did neither.
    pub contained: &'a [String],
    /// Ranked, most suspect first; found without knowing what was injected.
    pub suspects: Vec<Suspect<'a>>,
    /// Was the injected truth the first suspect (`1`), the n-th, or not among them (`None`)?
    pub truth_rank: Option<u32>,
    /// A typical trace before and one during.
    pub before: Option<Waterfall<'a>>,
    pub during: Option<Waterfall<'a>>,
    /// A few sentences that tell the story.
    pub story: Vec<String>,
}

impl<'a> FaultReport<'a> {
    pub fn new(fault: &'a report::FaultReport) -> FaultReport<'a> {
        FaultReport {
            name: &fault.name,
            kind: fault.kind.name(),
            target: fault.target.to_string(),
            planned_s: fault.planned_s,
            injected_s: fault.injected_s,
            healed_s: fault.healed_s,
            evidence: fault.evidence,
            detection_s: fault.detection_s,
            recovery_s: fault.recovery_s,
            censored: fault.censored,
            unsettled: fault.unsettled.as_deref(),
            dip_s: fault.dip_s,
            lost: fault.lost,
            backlog: fault.backlog,
            harmed: &fault.harmed,
            contained: &fault.contained,
            suspects: fault.suspects.iter().map(Suspect::new).collect(),
            truth_rank: fault.truth_rank,
            before: fault.before.as_ref().map(Waterfall::new),
            during: fault.during.as_ref().map(Waterfall::new),
            story: words::story(fault),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Suspect<'a> {
    /// The process that is blamed, or the callee of the blamed edge.
    pub service: &'a str,
    /// `caller -> callee` when the call path is blamed rather than the process.
    pub edge: Option<String>,
    /// 0..=1, relative to the best suspect of this fault.
    pub score: f64,
    pub why: Vec<String>,
}

impl<'a> Suspect<'a> {
    fn new(suspect: &'a report::Suspect) -> Suspect<'a> {
        Suspect {
            service: &suspect.service,
            edge: suspect.edge.as_ref().map(ToString::to_string),
            score: suspect.score,
            why: words::indications(suspect),
        }
    }
}

/// One trace, drawn.
#[derive(Serialize, JsonSchema)]
pub struct Waterfall<'a> {
    pub trace_id: &'a str,
    pub operation: &'a str,
    pub duration_ms: f64,
    pub rows: Vec<WaterfallRow<'a>>,
    /// Spans beyond the first rows.
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

#[derive(Serialize, JsonSchema)]
pub struct WaterfallRow<'a> {
    pub service: &'a str,
    pub name: String,
    pub kind: &'a str,
    pub depth: u32,
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
