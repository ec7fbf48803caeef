//! `shakedown scenarios`: what is built in, and what a scenario file may contain.

use harness_model::ExitCode;

use crate::args::ScenariosOptions;
use crate::failure::Failure;

/// Prints the built-in scenarios, or what a scenario file may contain.
#[expect(clippy::print_stdout, reason = "the list goes to the standard output")]
pub fn scenarios(options: &ScenariosOptions) -> Result<ExitCode, Failure> {
    if options.defaults {
        print!("{}", harness_scenario::DEFAULTS);
        return Ok(ExitCode::Pass);
    }
    if options.schema {
        println!("{:#}", harness_scenario::schema());
        return Ok(ExitCode::Pass);
    }
    list();
    Ok(ExitCode::Pass)
}

#[expect(clippy::print_stdout, reason = "the list goes to the standard output")]
fn list() {
    let builtins = harness_scenario::builtins();
    let width = builtins
        .iter()
        .map(|builtin| builtin.name.len())
        .max()
        .unwrap_or(0);
    for builtin in builtins {
        println!("{:<width$}  {}", builtin.name, builtin.purpose);
    }
    println!(
        "\nrun one:  shakedown run {}",
        builtins.first().map_or("NAME", |first| first.name)
    );
}
