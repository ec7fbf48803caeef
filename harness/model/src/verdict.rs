//! Three verdicts and the table of exit codes.
//!
//! The one place that decides what a process exit means.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer to "did it hold?". Absence is never success.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every budget and every invariant held.
    Pass,
    /// The run does not answer the question; its reasons say why.
    Inconclusive,
    /// A budget or an invariant did not hold.
    Fail,
}

impl Verdict {
    /// The name in reports: `pass`, `inconclusive` or `fail`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Fail => "fail",
        }
    }
}

/// What a process exit means to a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ExitCode {
    /// Everything held.
    Pass = 0,
    /// An error in the tool itself.
    Bug = 1,
    /// The command line or the scenario is wrong; nothing was started.
    Usage = 2,
    /// The run does not answer the question.
    Inconclusive = 3,
    /// The target did not come up.
    TargetDown = 4,
    /// The run folder could not be written: the disk is full, or the folder is gone.
    Unrecorded = 5,
    /// A budget failed (the code CI scripts know from k6).
    BudgetFailed = 99,
    /// The user ended the run early.
    Interrupted = 130,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> ExitCode {
        match verdict {
            Verdict::Pass => ExitCode::Pass,
            Verdict::Inconclusive => ExitCode::Inconclusive,
            Verdict::Fail => ExitCode::BudgetFailed,
        }
    }
}
