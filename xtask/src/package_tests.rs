//! `cargo xtask test PACKAGE`: the tests of one package, without compiling half of the tree anew.
//!
//! `cargo test -p PACKAGE` asks for the features that this package alone needs, and cargo then
//! builds the shared crates a second time. With the command line, which links everything, selected
//! as well, the features are those of the workspace. So that its tests do not run too, the targets
//! of the package are named one by one.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The package whose features are those of the whole workspace.
const WHOLE: &str = "harness-cli";

/// Options by which a caller names targets himself.
const NAMES_TARGETS: [&str; 4] = ["--lib", "--bin", "--test", "--example"];

/// What to tell cargo to run the tests of this package with these arguments.
pub fn words(root: &Path, package: &str, arguments: &[&str]) -> Result<Vec<String>, String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|error| format!("failed to start cargo: {error}"))?;
    let metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("failed to read the metadata of the workspace: {error}"))?;
    selection(&metadata, package, arguments)
}

fn selection(metadata: &Value, package: &str, arguments: &[&str]) -> Result<Vec<String>, String> {
    let packages = metadata["packages"].as_array();
    let found = packages
        .into_iter()
        .flatten()
        .find(|one| one["name"] == package)
        .ok_or_else(|| format!("the workspace has no package {package}"))?;
    let mut words = vec!["test", "-p", package];
    if package != WHOLE {
        words.extend(["-p", WHOLE]);
    }
    let options = arguments.iter().take_while(|word| **word != "--");
    let named = options.copied().any(|word| {
        let option = word.split('=').next().unwrap_or(word);
        NAMES_TARGETS.contains(&option)
    });
    if !named {
        for target in found["targets"].as_array().into_iter().flatten() {
            let name = target["name"].as_str().unwrap_or_default();
            match target["kind"][0].as_str() {
                Some("lib") => words.push("--lib"),
                Some("bin") => words.extend(["--bin", name]),
                Some("test") => words.extend(["--test", name]),
                _ => {}
            }
        }
    }
    words.extend(arguments);
    Ok(words.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(package: &str, arguments: &[&str]) -> Result<String, String> {
        let metadata = serde_json::json!({"packages": [
            {"name": "shop-order", "targets": [
                {"kind": ["lib"], "name": "shop_order"},
                {"kind": ["test"], "name": "contract"},
                {"kind": ["example"], "name": "big"},
            ]},
            {"name": "harness-cli", "targets": [{"kind": ["bin"], "name": "shakedown"}]},
        ]});
        selection(&metadata, package, arguments).map(|words| words.join(" "))
    }

    #[test]
    fn the_targets_of_a_package_are_named_so_that_the_command_lines_tests_do_not_run() {
        assert_eq!(
            selected("shop-order", &["refund", "--", "--nocapture"]).unwrap(),
            "test -p shop-order -p harness-cli --lib --test contract refund -- --nocapture"
        );
        assert_eq!(
            selected("harness-cli", &[]).unwrap(),
            "test -p harness-cli --bin shakedown"
        );
    }

    #[test]
    fn a_caller_may_name_the_targets() {
        assert_eq!(
            selected("shop-order", &["--test=contract"]).unwrap(),
            "test -p shop-order -p harness-cli --test=contract"
        );
    }

    #[test]
    fn an_unknown_package_is_refused() {
        assert!(selected("shop-toys", &[]).is_err());
    }
}
