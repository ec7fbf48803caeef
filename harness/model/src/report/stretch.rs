//! Stretches of a run that were worse than the rest, though no fault was planned for them.

use super::suspect::{Blind, Suspect};

/// A stretch of time in which more requests failed or were slow than at other times of the same
/// load.
#[derive(Debug, Clone, PartialEq)]
pub struct StretchReport {
    pub from_s: f64,
    pub to_s: f64,
    pub excess: Excess,
    /// Requests in the stretch.
    pub requests: u64,
    /// Share of them that failed or were slow, 0..=1.
    pub share: f64,
    /// The same at other times of the same load.
    pub usual_share: f64,
    /// From and to: a time of the same load that the suspects' telemetry is compared with; `None`
    /// where there is none, and hence no suspect.
    pub baseline_s: Option<[f64; 2]>,
    /// Ranked, most suspect first.
    pub suspects: Vec<Suspect>,
    /// What the suspects were found without.
    pub blind_spots: Vec<Blind>,
}

/// What there was more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Requests that failed, or came after their deadline.
    Failures,
    /// Good answers that took more than twice the usual time of their operation.
    Slowness,
}

impl Excess {
    /// `failures` or `slowness`.
    pub fn name(self) -> &'static str {
        match self {
            Excess::Failures => "failures",
            Excess::Slowness => "slowness",
        }
    }
}
