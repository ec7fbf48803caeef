//! `cargo xtask`: the rules of the house, as a program.
//!
//! `check` is the one gate. It must not know what the project does, only how it is built.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks"
)]

mod bench;
mod law;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, exit};

const HELP: &str = "cargo xtask <task>

  check [--no-tests]  format, clippy with warnings as errors, tidy, tests
  tidy                budgets of size and style, and the law of dependencies
  bench               speed, as ratios in one run
  bench runtimes      of that, what processes, containers and servers cost each other (7 minutes)";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let outcome = match words[..] {
        ["check"] => check(&root, true),
        ["check", "--no-tests"] => check(&root, false),
        ["tidy"] => tidy(&root),
        ["bench"] => {
            bench::bench(&root);
            Ok(())
        }
        ["bench", "runtimes"] => {
            bench::runtimes(&root);
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            exit(2);
        }
    };
    if let Err(why) = outcome {
        eprintln!("{why}");
        exit(1);
    }
}

fn check(root: &Path, tests: bool) -> Result<(), String> {
    cargo(root, &["fmt", "--all", "--", "--check"])?;
    tidy(root)?;
    cargo(
        root,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    if tests {
        cargo(root, &["test", "--workspace"])
    } else {
        Ok(())
    }
}

fn tidy(root: &Path) -> Result<(), String> {
    let mut faults = tidy::files(root).map_err(|error| format!("failed to read: {error}"))?;
    faults.extend(law::check(root)?);
    if faults.is_empty() {
        println!("tidy");
        return Ok(());
    }
    Err(format!("{}\n{} faults", faults.join("\n"), faults.len()))
}

fn cargo(root: &Path, words: &[&str]) -> Result<(), String> {
    println!("cargo {}", words.join(" "));
    match Command::new(env!("CARGO"))
        .current_dir(root)
        .args(words)
        .status()
    {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("cargo {} found faults", words[0])),
        Err(error) => Err(format!("failed to start cargo: {error}")),
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
