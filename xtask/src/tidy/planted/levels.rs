//! Dependencies between crates.

use super::{NOTHING, Tree};
use crate::tidy::{Accepted, levels};

/// What is found when `harness-load` has these lines in its manifest.
fn found_with(manifest: &str) -> Vec<String> {
    load_with(manifest).findings()
}

fn load_with(manifest: &str) -> Tree {
    let tree = Tree::clean();
    tree.package("harness/load", "harness-load", manifest);
    tree.package("harness/archive", "harness-archive", "");
    tree
}

#[test]
fn a_crate_without_a_level_is_found() {
    let tree = Tree::clean();
    tree.package("harness/toys", "harness-toys", "");
    assert_eq!(
        tree.findings(),
        ["harness/toys/Cargo.toml: harness-toys has no level: \
          give its folder one in xtask/src/tidy/levels.rs"]
    );
}

#[test]
fn a_dependency_on_the_own_level_or_a_higher_one_is_found_in_every_section() {
    let breach = "harness/load/Cargo.toml: harness-load depends on harness-archive: \
                  level 2 on level 2";
    for section in [
        "dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
    ] {
        let manifest = format!("[{section}]\nharness-archive.workspace = true\n");
        assert_eq!(found_with(&manifest), [breach], "{section}");
    }
    let renamed = "[dependencies]\nfolder = { package = \"harness-archive\", path = \"x\" }\n";
    assert_eq!(found_with(renamed), [breach]);

    let tree = Tree::clean();
    let upwards = "[dependencies]\nharness-load.workspace = true\n";
    tree.package("harness/scenario", "harness-scenario", upwards);
    assert_eq!(
        tree.findings(),
        [
            "harness/scenario/Cargo.toml: harness-scenario depends on harness-load: \
          level 1 on level 2"
        ]
    );
}

#[test]
fn a_dev_dependency_breaks_the_rules_only_with_a_reason() {
    let tree = load_with("[dev-dependencies]\nharness-archive.workspace = true\n");
    assert_eq!(
        tree.findings(),
        [
            "harness/load/Cargo.toml: harness-load depends on harness-archive: \
          level 2 on level 2 (in its tests)"
        ]
    );
    let accepted = Accepted {
        dev_dependencies: &[levels::Accepted {
            from: "harness-load",
            to: "harness-archive",
            reason: "tests read what was written",
        }],
        ..NOTHING
    };
    assert!(tree.findings_but(&accepted).is_empty());
    assert_eq!(
        Tree::clean().findings_but(&accepted),
        [
            "the accepted dev-dependency of harness-load on harness-archive is not there any more; \
          strike it (tests read what was written)"
        ]
    );
}

#[test]
fn harness_and_shop_share_no_crate() {
    assert_eq!(
        found_with("[dependencies]\nshop-contracts.workspace = true\n"),
        [
            "harness/load/Cargo.toml: harness-load depends on shop-contracts: \
          harness, shop and tools share no crate"
        ]
    );
}

#[test]
fn only_the_command_line_links_the_shop_and_only_its_app() {
    let tree = Tree::clean();
    tree.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"harness/*\", \"target-system/*\"]\n",
    );
    tree.package("target-system/app", "shop-app", "");
    let links = |what: &str| format!("[dependencies]\n{what}.workspace = true\n");
    tree.package("harness/cli", "harness-cli", &links("shop-app"));
    assert!(tree.findings().is_empty());
    tree.package("harness/cli", "harness-cli", &links("shop-contracts"));
    assert_eq!(
        tree.findings(),
        [
            "harness/cli/Cargo.toml: harness-cli depends on shop-contracts: \
          of the shop it may link only shop-app"
        ]
    );
}

#[test]
fn a_new_context_has_its_level_from_its_folder_and_may_not_depend_on_another() {
    let tree = Tree::clean();
    tree.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"target-system/contexts/*\"]\n",
    );
    tree.package("target-system/contexts/toys", "shop-toys", "");
    assert!(tree.findings().is_empty());
    let other = "[dependencies]\nshop-toys.workspace = true\n";
    tree.package("target-system/contexts/gifts", "shop-gifts", other);
    assert_eq!(
        tree.findings(),
        [
            "target-system/contexts/gifts/Cargo.toml: shop-gifts depends on shop-toys: \
          level 7 on level 7"
        ]
    );
}
