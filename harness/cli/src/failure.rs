//! A failed command: what to print and which code to exit with.
//!
//! The one place where errors of lower crates become exit codes.

use std::fmt::Display;

use harness_model::ExitCode;

/// Printed on the standard error before the process exits.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: ExitCode,
    pub message: String,
}

impl Failure {
    pub fn bug(what: &str, cause: impl Display) -> Failure {
        Failure {
            code: ExitCode::Bug,
            message: format!("failed to {what}: {cause}"),
        }
    }

    pub fn usage(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::Usage,
            message: message.to_string(),
        }
    }

    pub fn target(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::TargetDown,
            message: message.to_string(),
        }
    }

    pub fn interrupted(message: impl Display) -> Failure {
        Failure {
            code: ExitCode::Interrupted,
            message: message.to_string(),
        }
    }

    #[expect(clippy::print_stderr, reason = "errors go to the standard error")]
    pub fn print(&self) {
        eprintln!("{}", self.message.trim_end());
    }
}
