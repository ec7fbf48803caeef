//! Every rule finds what is planted for it in a small tree that is clean otherwise.

mod files;
mod levels;
mod loops;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Accepted, findings, source, table};
use crate::workspace;

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

#[test]
fn a_module_named_target_is_read_and_the_build_folder_is_not() {
    let tree = Tree::clean();
    tree.write("target/debug/build.rs", "static mut A: u8 = 0;\n");
    tree.write("harness/load/src/target/mod.rs", "static mut A: u8 = 0;\n");
    let found = "harness/load/src/target/mod.rs:1: global mutable state";
    assert_eq!(tree.findings(), [found]);
}

#[test]
fn the_table_counts_files_lines_loops_and_documented_items_without_tests() {
    let tree = Tree::clean();
    let load = "//! Load.\nuse crate::Plan;\n/// Requests.\npub struct Load(Plan);\n\
                impl Load {\n    pub fn rate(&self) -> f64 { 1.0 }\n    fn own(&self) {}\n}\n\
                pub(crate) struct Own;\n\
                \n#[cfg(test)]\nmod tests {\n    pub fn a() {}\n}\n";
    tree.write("harness/model/src/load.rs", load);
    tree.write("harness/model/tests/whole.rs", "pub struct A;\n");
    let long = format!("//! Long.\nfn a() {{\n{}}}\n", "    b();\n".repeat(71));
    tree.write("harness/load/src/lib.rs", &long);

    let members = workspace::members(tree.0.path()).unwrap();
    let sources = source::sources(tree.0.path()).unwrap();
    let table = table::table(&members, &sources);
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert_eq!(
        rows,
        [
            "| harness-load | 1 | 74 | 74 | 74 | 1 | 0 | none |",
            "| harness-model | 3 | 16 | 5 | 9 | 0 | 1 | 1/3 (33 %) |",
            "| shop-contracts | 1 | 1 | 1 | 1 | 0 | 0 | none |",
            "| **all** | 5 | 91 | 5 | 74 | 1 | 1 | 1/3 (33 %) |",
        ]
    );
}
