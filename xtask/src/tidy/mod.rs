//! `cargo xtask tidy`: the rules of the house that neither the compiler nor clippy knows.
//!
//! One rule a file; each answers with findings, one text each.
//! - [`lines`]: length of files and width of lines.
//! - [`heads`]: files start with what they own.
//! - [`functions`], [`traits`], [`globals`]: what stands in a file.
//! - [`words`]: identifiers the house has given up.
//! - [`loops`]: files of one crate do not import each other in a loop.
//! - [`levels`]: crates depend on lower levels only.
//! - [`table`]: the same house in numbers.
//!
//! [`source`] reads the files for all of them. Here: the order of the rules and what is accepted.

mod functions;
mod globals;
mod heads;
mod levels;
mod lines;
mod loops;
#[cfg(test)]
mod planted;
mod source;
mod table;
mod traits;
mod words;

use std::path::Path;

use crate::workspace;

/// What breaks a rule and may, each with its reason. One that is not needed is a finding.
struct Accepted<'a> {
    loops: &'a [loops::Accepted],
    dev_dependencies: &'a [levels::Accepted],
}

const ACCEPTED: Accepted = Accepted {
    loops: &[],
    dev_dependencies: &[],
};

/// Prints that the tree is tidy, or fails with every finding.
pub fn tidy(root: &Path) -> Result<(), String> {
    let findings = findings(root, &ACCEPTED)?;
    if findings.is_empty() {
        println!("tidy");
        return Ok(());
    }
    Err(format!(
        "{}\n{} findings",
        findings.join("\n"),
        findings.len()
    ))
}

/// Prints the house as a Markdown table.
pub fn table(root: &Path) -> Result<(), String> {
    let members = workspace::members(root)?;
    let sources = source::sources(root)?;
    print!("{}", table::table(&members, &sources));
    Ok(())
}

fn findings(root: &Path, accepted: &Accepted) -> Result<Vec<String>, String> {
    let members = workspace::members(root)?;
    let sources = source::sources(root)?;
    Ok([
        lines::check(&sources),
        heads::check(&sources),
        functions::check(&sources),
        traits::check(&sources),
        globals::check(&sources),
        words::check(&sources),
        loops::check(&members, &sources, accepted.loops),
        levels::check(&members, accepted.dev_dependencies),
    ]
    .concat())
}
