//! Every rule finds what is planted for it in a small tree that is clean otherwise.

mod files;
mod levels;
mod loops;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Accepted, findings};

const NOTHING: Accepted = Accepted {
    loops: &[],
    dev_dependencies: &[],
};

/// A workspace of a harness crate with three files, one above it, and one crate of the shop.
struct Tree(TempDir);

impl Tree {
    fn clean() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"harness/*\", \"target-system/contracts\"]\n",
        );
        tree.package("harness/model", "harness-model", "");
        tree.package(
            "harness/load",
            "harness-load",
            "[dependencies]\nharness-model.workspace = true\nserde = \"1\"\n",
        );
        tree.package("target-system/contracts", "shop-contracts", "");
        tree.write(
            "harness/model/src/lib.rs",
            "//! Plan and load.\nmod load;\nmod plan;\npub use load::Load;\npub use plan::Plan;\n",
        );
        tree.write("harness/model/src/load.rs", "pub struct Load;\n");
        tree.write(
            "harness/model/src/plan.rs",
            "use crate::Load;\npub struct Plan(pub Load);\n",
        );
        tree
    }

    /// A crate with a head and nothing else; `more` of its manifest comes last.
    fn package(&self, folder: &str, name: &str, more: &str) {
        let manifest = format!("[package]\nname = \"{name}\"\n\n{more}");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/lib.rs"), "//! A crate.\n");
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        fs::write(path, text).unwrap();
    }

    fn findings(&self) -> Vec<String> {
        self.findings_but(&NOTHING)
    }

    fn findings_but(&self, accepted: &Accepted) -> Vec<String> {
        findings(self.0.path(), accepted).unwrap()
    }
}

#[test]
fn a_clean_tree_has_no_findings() {
    assert_eq!(Tree::clean().findings(), Vec::<String>::new());
}

#[test]
fn a_file_that_does_not_parse_is_an_error_with_its_line() {
    let tree = Tree::clean();
    tree.write("harness/model/src/load.rs", "\nfn {\n");
    let error = findings(tree.0.path(), &NOTHING).unwrap_err();
    assert!(
        error.starts_with("harness/model/src/load.rs:2: "),
        "{error}"
    );
}
