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
    Pass,
    /// It cannot be known from this run; the reasons say why.
    Inconclusive,
    Fail,
}

impl Verdict {
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
    Pass = 0,
    /// Our own fault.
    Bug = 1,
    /// The command line or the scenario is wrong; nothing was started.
    Usage = 2,
    Inconclusive = 3,
    /// The target did not come up.
    TargetDown = 4,
    /// A budget failed (the code CI scripts know from k6).
    BudgetFailed = 99,
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
