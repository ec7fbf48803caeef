//! `shakedown scenarios`: what is built in, and what a scenario file may contain.

use harness_model::ExitCode;

use crate::args::ScenariosOptions;
use crate::failure::Failure;
use crate::say;

/// Prints the built-in scenarios, or what a scenario file may contain.
pub fn scenarios(options: &ScenariosOptions) -> Result<ExitCode, Failure> {
    if options.defaults {
        say::text(harness_scenario::DEFAULTS);
        return Ok(ExitCode::Pass);
    }
    if options.schema {
        say::line(format_args!("{:#}", harness_scenario::schema()));
        return Ok(ExitCode::Pass);
    }
    list();
    Ok(ExitCode::Pass)
}

fn list() {
    let builtins = harness_scenario::builtins();
    let width = builtins
        .iter()
        .map(|builtin| builtin.name.len())
        .max()
        .unwrap_or(0);
    for builtin in builtins {
        say::line(format_args!(
            "{:<width$}  {}",
            builtin.name, builtin.purpose
        ));
    }
    say::line(format_args!(
        "\nrun one:  shakedown run {}",
        builtins.first().map_or("NAME", |first| first.name)
    ));
}
