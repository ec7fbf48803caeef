//! `shakedown`: load, chaos and answers in one command.
//!
//! This crate composes everything and decides nothing that a lower crate could decide. The same
//! binary is the command, the shop's services, the load worker and the guardian.

mod args;
mod commands;
mod failure;
mod places;
mod run;
mod sources;

use std::process::exit;

use clap::Parser;
use harness_model::ExitCode;

use crate::args::{Arguments, Command};
use crate::failure::Failure;

fn main() {
    let outcome = dispatch(Arguments::parse().command);
    exit(match outcome {
        Ok(code) => code as i32,
        Err(failure) => {
            failure.print();
            failure.code as i32
        }
    });
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(options) => commands::run::run(&options),
        Command::Plan(options) => commands::plan::plan(&options),
        Command::Report { run } => commands::report::report(&run),
        Command::Scenarios(options) => commands::scenarios::scenarios(&options),
        Command::Doctor => commands::doctor::doctor(),
        Command::Recover => commands::recover::recover(),
        Command::Shop { command } => commands::shop::shop(command),
        Command::Fixture(options) => commands::hidden::fixture(options),
        Command::Healthy { url } => commands::hidden::healthy(&url),
        Command::Worker => commands::hidden::worker(),
        Command::Guardian { journal } => commands::hidden::guardian(&journal),
    }
}
