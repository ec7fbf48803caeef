//! Files of one crate must not import each other in a loop.
//!
//! - [`reader`]: from files to modules, which [`module`] describes.
//! - [`resolver`]: from paths to the files that define what they name.
//!
//! Here: which of these uses close a loop, and which loops are accepted. `mod x;` alone is no use.

mod module;
mod reader;
mod resolver;

use std::collections::{BTreeMap, BTreeSet};

use resolver::Import;

use super::source::Sources;
use crate::workspace::Member;

/// A loop that is accepted, and why.
pub struct Accepted {
    pub folder: &'static str,
    /// All its files, in the folder's `src`, in order.
    pub files: &'static [&'static str],
    pub reason: &'static str,
}

/// Files that import each other in a loop, and one import for each way from file to file.
pub struct Loop {
    pub files: Vec<String>,
    pub imports: Vec<Import>,
}

/// One finding for each loop that is not accepted, and for each acceptance that is not needed.
pub fn check(members: &[Member], sources: &Sources, accepted: &[Accepted]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut needed = BTreeSet::new();
    for member in members {
        for one in loops(member, sources) {
            match accepted.iter().position(|other| accepts(other, &one)) {
                Some(at) => {
                    needed.insert(at);
                }
                None => findings.push(finding(member, &one)),
            }
        }
    }
    for (at, one) in accepted.iter().enumerate() {
        if !needed.contains(&at) {
            findings.push(format!(
                "{}: the accepted loop of {} is not there any more; strike it ({})",
                one.folder,
                one.files.join(", "),
                one.reason
            ));
        }
    }
    findings
}

/// All loops of a crate's library and program, accepted or not.
pub fn loops(member: &Member, sources: &Sources) -> Vec<Loop> {
    let roots = ["src/lib.rs", "src/main.rs"].map(|root| format!("{}/{root}", member.folder));
    let roots = roots.iter().filter(|root| sources.contains_key(*root));
    roots
        .flat_map(|root| closed(resolver::imports(&reader::read(root, sources))))
        .collect()
}

fn closed(imports: BTreeSet<Import>) -> Vec<Loop> {
    let mut edges: BTreeMap<(String, String), Import> = BTreeMap::new();
    for import in imports {
        let ends = (import.from.clone(), import.to.clone());
        edges.entry(ends).or_insert(import);
    }
    let reached: BTreeMap<&String, BTreeSet<&String>> = edges
        .keys()
        .map(|(from, _)| (from, reachable(from, &edges)))
        .collect();
    let together = |a: &String, b: &String| {
        let leads = |a, b| reached.get(a).is_some_and(|files| files.contains(b));
        leads(a, b) && leads(b, a)
    };
    let mut loops: Vec<Loop> = Vec::new();
    for file in reached.keys().copied().filter(|file| together(file, file)) {
        if loops.iter().any(|one| one.files.contains(file)) {
            continue;
        }
        let files = reached.keys().copied();
        let files: Vec<String> = files
            .filter(|other| together(file, other))
            .cloned()
            .collect();
        let imports = edges
            .values()
            .filter(|edge| files.contains(&edge.from) && files.contains(&edge.to))
            .cloned()
            .collect();
        loops.push(Loop { files, imports });
    }
    loops
}

/// Every file that imports lead to from this one; itself only if it lies in a loop.
fn reachable<'a>(
    from: &'a String,
    edges: &'a BTreeMap<(String, String), Import>,
) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![from];
    while let Some(file) = pending.pop() {
        for (_, to) in edges.keys().filter(|(other, _)| other == file) {
            if reached.insert(to) {
                pending.push(to);
            }
        }
    }
    reached
}

fn accepts(accepted: &Accepted, found: &Loop) -> bool {
    let files = accepted
        .files
        .iter()
        .map(|file| format!("{}/src/{file}", accepted.folder));
    files.eq(found.files.iter().cloned())
}

fn finding(member: &Member, found: &Loop) -> String {
    let within = format!("{}/src/", member.folder);
    let short = |file: &String| file.strip_prefix(&within).unwrap_or(file).to_owned();
    let files: Vec<String> = found.files.iter().map(short).collect();
    let mut text = format!(
        "{}: {} files import each other in a loop: {}",
        member.folder,
        files.len(),
        files.join(", ")
    );
    for import in &found.imports {
        let Import {
            from,
            line,
            path,
            to,
        } = import;
        text += &format!("\n    {from}:{line}: {path} -> {}", short(to));
    }
    text
}
