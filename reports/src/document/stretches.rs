//! Stretches that were worse than the rest, in `report.json`.

use harness_model::report;
use schemars::JsonSchema;
use serde::Serialize;

use super::faults::Suspect;
use crate::words;

/// A stretch of time in which more requests failed or were slow than at other times of the same
/// load, though no fault was planned for it.
#[derive(Serialize, JsonSchema)]
pub struct StretchReport<'a> {
    pub from_s: f64,
    pub to_s: f64,
    /// What there was more of: `failures` or `slowness`.
    pub excess: &'a str,
    /// Requests in the stretch.
    pub requests: u64,
    /// Share of them that failed or were slow, 0..=1.
    pub share: f64,
    /// The same at other times of the same load.
    pub usual_share: f64,
    /// From and to: the time that the suspects' telemetry is compared with.
    pub baseline_s: Option<[f64; 2]>,
    /// Ranked, most suspect first.
    pub suspects: Vec<Suspect<'a>>,
    /// What the suspects were found without; a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blind_spots: Vec<String>,
    /// One sentence: what was worse, and than what.
    pub story: String,
}

impl<'a> StretchReport<'a> {
    pub fn new(stretch: &'a report::StretchReport) -> StretchReport<'a> {
        StretchReport {
            from_s: stretch.from_s,
            to_s: stretch.to_s,
            excess: stretch.excess.name(),
            requests: stretch.requests,
            share: stretch.share,
            usual_share: stretch.usual_share,
            baseline_s: stretch.baseline_s,
            suspects: stretch.suspects.iter().map(Suspect::new).collect(),
            blind_spots: words::blind_spots(&stretch.blind_spots),
            story: words::stretch(stretch),
        }
    }
}
