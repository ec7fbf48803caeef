//! `shakedown`: load, chaos and answers in one command.
//!
//! This crate composes everything and decides nothing that a lower crate could decide. The same
//! binary is the command, the shop's services, the load worker and the guardian.
//!
//! `args` is the command line as types, and `commands` has a file for each command. `sources` finds
//! scenarios and target definitions, `places` the folders outside the run folder. `run` is one run
//! in order: `workspace` and `target` bring the target up, `collectors` receive its telemetry,
//! `chaos` injects faults, `invariants` audits, and all of them report to the `recorder`, which
//! stamps by its `clock` and hands the stream to each `sink`: the archive and the `terminal`.
//! `undo` takes down what was made, `failure` decides the exit code, and `say` prints.

mod args;
mod commands;
mod failure;
mod places;
mod run;
mod say;
mod sources;
mod undo;

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
