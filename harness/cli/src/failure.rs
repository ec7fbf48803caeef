//! A failed command: what to say and which code to exit with.
//!
//! The one place where errors of lower crates become exit codes.

use std::fmt::Display;

use harness_model::ExitCode;

/// Said on the standard error before the process exits.
#[derive(Debug)]
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

    #[expect(clippy::print_stderr, reason = "the command line speaks here")]
    pub fn print(&self) {
        eprintln!("{}", self.message.trim_end());
    }
}
