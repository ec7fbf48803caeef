//! A failed command: what to print and which code to exit with.
//!
//! The one place where errors of lower crates become exit codes.

use std::fmt::Display;

use harness_model::ExitCode;

use crate::say;

/// Why a command failed.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: ExitCode,
    /// One or more lines for a person.
    pub message: String,
}

impl Failure {
    /// What should always work did not: exit code 1. `what` completes "failed to ...".
    pub fn bug(what: &str, cause: impl Display) -> Failure {
        Failure {
            code: ExitCode::Bug,
            message: format!("failed to {what}: {cause}"),
        }
    }

    /// The command line, a file or a folder is wrong, and nothing was started: exit code 2.
    pub fn usage(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::Usage,
            message: message.to_string(),
        }
    }

    /// The target or one of its processes did not come up or could not be driven: exit code 4.
    pub fn target(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::TargetDown,
            message: message.to_string(),
        }
    }

    /// The run folder could not be written: exit code 5. What was started is taken down.
    pub fn unrecorded(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::Unrecorded,
            message: message.to_string(),
        }
    }

    /// A signal came before there was anything to report: exit code 130.
    pub fn interrupted(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::Interrupted,
            message: message.to_string(),
        }
    }

    /// Writes the message to the standard error.
    pub fn print(&self) {
        say::aside(self.message.trim_end());
    }
}
