//! `cargo xtask`: the rules of the house, as a program.
//!
//! - `tidy`: the rules that neither the compiler nor clippy knows.
//! - `bench`: speed of the program, and what it costs to build it.
//! - `package_tests`: the tests of one package.
//! - `verify`: long matrices, run by hand.
//! - `workspace`: the crates of the house.
//!
//! `check` is the one gate. It must not know what the project does, only how it is built.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks"
)]

mod bench;
mod package_tests;
mod tidy;
mod verify;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::{Command, exit};

const HELP: &str = "cargo xtask <task>

  check [--release] [--no-tests]
                         format, tidy, clippy with warnings as errors, tests;
                         --release shares the build of the program, as the gate does
  verify [MATRIX]        what takes too long for the gate; without a name, the list
  tidy                   rules of size, style and words, loops of files, levels of crates
  tidy --table           the house in numbers, as a Markdown table
  test PACKAGE [ARGS]    the tests of one package, with the features of the whole workspace:
                         `cargo test -p PACKAGE` alone would compile half of the tree anew.
                         ARGS go to cargo: cargo xtask test shop-order refund -- --nocapture
  bench                  speed, as ratios in one run
  bench archives         of that, what run folders of up to 10,000,000 spans cost (2 minutes)
  bench runtimes         of that, what processes, containers and servers cost (7 minutes)
  bench build [--tests]  what `cargo build --release`, or the build of all tests, costs from
                         nothing: wall and CPU seconds, packages (many minutes)";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let outcome = match words[..] {
        ["check", ref options @ ..] if options.iter().all(|one| CHECK_OPTIONS.contains(one)) => {
            check(&root, options)
        }
        ["verify"] => {
            println!("{}", verify::list());
            Ok(())
        }
        ["verify", matrix] => verify::words(matrix).and_then(|words| cargo(&root, &words)),
        ["tidy"] => tidy::tidy(&root),
        ["tidy", "--table"] => tidy::table(&root),
        ["test", package, ref arguments @ ..] if !package.starts_with('-') => {
            package_tests::words(&root, package, arguments).and_then(|words| cargo(&root, &words))
        }
        ["bench"] => {
            bench::bench(&root);
            Ok(())
        }
        ["bench", "archives"] => {
            bench::archives(&root);
            Ok(())
        }
        ["bench", "runtimes"] => {
            bench::runtimes(&root);
            Ok(())
        }
        ["bench", "build"] => bench::cold_build(&root, &bench::RELEASE),
        ["bench", "build", "--tests"] => bench::cold_build(&root, &bench::TESTS),
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

const CHECK_OPTIONS: [&str; 2] = ["--release", "--no-tests"];

fn check(root: &Path, options: &[&str]) -> Result<(), String> {
    cargo(root, &["fmt", "--all", "--", "--check"])?;
    tidy::tidy(root)?;
    let profile = options.iter().find(|option| **option == "--release");
    let mut clippy = vec!["clippy", "--workspace", "--all-targets", "--quiet"];
    clippy.extend(profile);
    clippy.extend(["--", "-D", "warnings"]);
    cargo(root, &clippy)?;
    if options.contains(&"--no-tests") {
        return Ok(());
    }
    let mut tests = vec!["test", "--workspace"];
    tests.extend(profile);
    cargo(root, &tests)
}

fn cargo(root: &Path, words: &[impl AsRef<str>]) -> Result<(), String> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    println!("cargo {}", words.join(" "));
    match Command::new(env!("CARGO"))
        .current_dir(root)
        .args(&words)
        .status()
    {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("cargo {} failed", words[0])),
        Err(error) => Err(format!("failed to start cargo: {error}")),
    }
}

/// The checkout that cargo runs this for, also when checkouts share one build folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let above = here.and_then(|here| here.parent().map(Path::to_path_buf));
    above.unwrap_or_else(|| PathBuf::from("."))
}
