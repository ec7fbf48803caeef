//! Dependency rules: a crate depends on lower levels only, never on its own or a higher one.
//!
//! Levels are given by folder. The harness and the shop each have levels of their own and share no
//! crate; they meet where the command line links both.

use toml::{Table, Value};

use crate::workspace::Member;

/// Which family of crates a folder belongs to. Only within one are levels comparable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Harness,
    Shop,
    /// Tools of the repository: they depend on nothing of it, and nothing on them.
    Tools,
}

use Family::{Harness, Shop, Tools};

/// Folder (`*` stands for any one name), family and level. A new crate needs a line here, unless a
/// `*` has one for it.
const LEVELS: [(&str, Family, u8); 28] = [
    ("harness/model", Harness, 0),
    ("harness/process", Harness, 1),
    ("harness/scenario", Harness, 1),
    ("harness/analysis", Harness, 1),
    ("harness/goose", Harness, 1),
    ("chaos/fault", Harness, 1),
    ("harness/deploy", Harness, 2),
    ("harness/load", Harness, 2),
    ("harness/telemetry", Harness, 2),
    ("harness/archive", Harness, 2),
    ("harness/live", Harness, 2),
    ("harness/fixture", Harness, 2),
    ("chaos/inject", Harness, 2),
    ("reports", Harness, 2),
    ("harness/cli", Harness, 4),
    ("target-system/contracts", Shop, 0),
    ("target-system/platform", Shop, 1),
    // The rings of the platform.
    ("target-system/platform/telemetry", Shop, 1),
    ("target-system/platform/calls", Shop, 2),
    ("target-system/platform/stores", Shop, 3),
    ("target-system/platform/facts", Shop, 4),
    ("target-system/platform/host", Shop, 5),
    ("target-system/platform/facade", Shop, 6),
    ("target-system/platform/testing", Shop, 6),
    ("target-system/contexts/*", Shop, 7),
    ("target-system/edge/*", Shop, 7),
    ("target-system/app", Shop, 8),
    ("xtask", Tools, 0),
];

/// The one crate that may link the shop, and what it may link of it.
const BRIDGE: (&str, &str) = ("harness-cli", "shop-app");

/// A dev-dependency that breaks the rules, and why it may.
pub struct Accepted {
    pub from: &'static str,
    pub to: &'static str,
    pub reason: &'static str,
}

/// One finding for each crate without a level, for each dependency that breaks the rules, and for
/// each acceptance that is not needed.
pub fn check(members: &[Member], accepted: &[Accepted]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut broken = Vec::new();
    for member in members {
        if place(member).is_none() {
            findings.push(format!(
                "{}/Cargo.toml: {} has no level: give its folder one in xtask/src/tidy/levels.rs",
                member.folder, member.name
            ));
        }
        for name in dependencies(&member.manifest, &["dependencies", "build-dependencies"]) {
            findings.extend(breach(members, member, &name));
        }
        for name in dependencies(&member.manifest, &["dev-dependencies"]) {
            if let Some(why) = breach(members, member, &name) {
                let known = |one: &&Accepted| one.from == member.name && one.to == name;
                match accepted.iter().find(known) {
                    Some(one) => broken.push((one.from, one.to)),
                    None => findings.push(format!("{why} (in its tests)")),
                }
            }
        }
    }
    for one in accepted {
        if !broken.contains(&(one.from, one.to)) {
            findings.push(format!(
                "the accepted dev-dependency of {} on {} is not there any more; strike it ({})",
                one.from, one.to, one.reason
            ));
        }
    }
    findings
}

fn place(member: &Member) -> Option<(Family, u8)> {
    let (_, family, level) = LEVELS
        .iter()
        .find(|(pattern, ..)| matches(pattern, &member.folder))?;
    Some((*family, *level))
}

fn matches(pattern: &str, folder: &str) -> bool {
    let (pattern, folder) = (pattern.split('/'), folder.split('/'));
    pattern.clone().count() == folder.clone().count()
        && pattern.zip(folder).all(|(a, b)| a == "*" || a == b)
}

/// Names of packages in these sections, those for one platform included.
fn dependencies(manifest: &Table, sections: &[&str]) -> Vec<String> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let tables = platforms.into_iter().flat_map(Table::values);
    let tables = tables.filter_map(Value::as_table).chain([manifest]);
    let mut names = Vec::new();
    for table in tables {
        for section in sections {
            let entries = table.get(*section).and_then(Value::as_table);
            for (key, value) in entries.into_iter().flatten() {
                let renamed = value.get("package").and_then(Value::as_str);
                names.push(renamed.unwrap_or(key).to_owned());
            }
        }
    }
    names
}

/// Why a member may not depend on a package; nothing if it may, or if the package is not ours.
fn breach(members: &[Member], from: &Member, package: &str) -> Option<String> {
    let to = members.iter().find(|member| member.name == package)?;
    let (family, level) = place(from)?;
    let (other, below) = place(to)?;
    let folder = &from.folder;
    let edge = format!("{folder}/Cargo.toml: {} depends on {}", from.name, to.name);
    if (family, other) == (Harness, Shop) && from.name == BRIDGE.0 {
        return (to.name != BRIDGE.1)
            .then(|| format!("{edge}: of the shop it may link only {}", BRIDGE.1));
    }
    if family != other {
        return Some(format!("{edge}: harness, shop and tools share no crate"));
    }
    (below >= level).then(|| format!("{edge}: level {level} on level {below}"))
}
