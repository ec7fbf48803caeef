//! `shakedown scenarios`: what is built in.

use harness_model::ExitCode;

use crate::failure::Failure;

#[expect(clippy::print_stdout, reason = "the command line speaks here")]
pub fn scenarios() -> Result<ExitCode, Failure> {
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
    Ok(ExitCode::Pass)
}
