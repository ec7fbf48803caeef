//! Loops of files, in the crate `harness/model`.

use super::{NOTHING, Tree};
use crate::tidy::{Accepted, loops};

/// What is found when these files are in the crate's `src`.
fn found_with(files: &[(&str, &str)]) -> Vec<String> {
    tree_with(files).findings()
}

fn tree_with(files: &[(&str, &str)]) -> Tree {
    let tree = Tree::clean();
    for (file, text) in files {
        tree.write(&format!("harness/model/src/{file}"), text);
    }
    tree
}

/// A loop of `load.rs` and `plan.rs`, of which this import of the first is a part.
fn load_and_plan(import: &str) -> [String; 1] {
    [format!(
        "harness/model: 2 files import each other in a loop: load.rs, plan.rs\n    \
         harness/model/src/load.rs:{import} -> plan.rs\n    \
         harness/model/src/plan.rs:1: crate::Load -> load.rs"
    )]
}

#[test]
fn a_circle_is_found_with_an_import_for_each_way() {
    let load = "use std::fmt;\nuse crate::plan::Plan;\npub struct Load(fmt::Error, Plan);\n";
    assert_eq!(
        found_with(&[("load.rs", load)]),
        load_and_plan("2: crate::plan::Plan")
    );
}

#[test]
fn a_circle_through_a_re_export_is_one_of_the_files_that_define() {
    let load = "use super::{Plan as P};\npub struct Load(P);\n";
    assert_eq!(
        found_with(&[("load.rs", load)]),
        load_and_plan("1: super::Plan")
    );
    let load = "use crate::*;\npub struct Load(Plan);\n";
    assert_eq!(
        found_with(&[("load.rs", load)]),
        load_and_plan("1: crate::*")
    );
}

#[test]
fn paths_in_code_in_macros_and_through_modules_are_imports() {
    for (line, path, text) in [
        (
            2,
            "crate::plan::Plan",
            "fn a() {\n    crate::plan::Plan::new();\n}\n",
        ),
        (
            1,
            "crate::Plan::new",
            "fn a() { drop(vec![crate::Plan::new()]); }\n",
        ),
        (
            2,
            "plan::Plan",
            "use crate::plan;\ntype A = Option<plan::Plan>;\n",
        ),
        (
            1,
            "crate::plan::Plan",
            "fn a() { use crate::{plan::Plan}; }\n",
        ),
        (
            1,
            "crate::plan::Plan",
            "#[a(with = crate::plan::Plan)]\nstruct A;\n",
        ),
        (
            1,
            "super::super::Plan",
            "mod inner { use super::super::Plan; }\n",
        ),
    ] {
        let text = format!("{text}pub struct Load;\n");
        let found = found_with(&[("load.rs", &text)]);
        let path = path.strip_suffix("::new").unwrap_or(path);
        assert_eq!(found.len(), 1, "{text}");
        let import = format!("harness/model/src/load.rs:{line}: {path}");
        assert!(found[0].contains(&import), "{text}\n{}", found[0]);
    }
}

#[test]
fn a_parent_that_uses_children_that_use_what_it_defines_is_a_circle() {
    let lib = "//! Load.\nmod load;\npub use load::Load;\npub struct Unit;\n";
    let load = "use super::Unit;\npub struct Load(Unit);\n";
    assert!(found_with(&[("lib.rs", lib), ("load.rs", load)]).is_empty());
    let uses = format!("{lib}pub fn load() -> Load {{ load::load() }}\n");
    let load = format!("{load}pub fn load() -> Load {{ Load(Unit) }}\n");
    assert_eq!(
        found_with(&[("lib.rs", &uses), ("load.rs", &load)]),
        [
            "harness/model: 2 files import each other in a loop: lib.rs, load.rs\n    \
          harness/model/src/lib.rs:3: load::Load -> load.rs\n    \
          harness/model/src/load.rs:1: super::Unit -> lib.rs"
        ]
    );
}

#[test]
fn two_circles_are_two_findings() {
    let lib = "//! Two.\nmod a;\nmod b;\nmod load;\nmod plan;\n\
               pub use load::Load;\npub use plan::Plan;\n";
    let found = found_with(&[
        ("lib.rs", lib),
        ("load.rs", "use crate::Plan;\npub struct Load(Plan);\n"),
        (
            "a/mod.rs",
            "use crate::b::B;\npub struct A(B, crate::Plan);\n",
        ),
        ("b.rs", "use super::a::A;\npub struct B(A);\n"),
    ]);
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("loop: a/mod.rs, b.rs\n"), "{}", found[0]);
    assert!(
        found[1].contains("loop: load.rs, plan.rs\n"),
        "{}",
        found[1]
    );
}

#[test]
fn what_tests_import_does_not_count() {
    let load = "pub struct Load;\n#[cfg(test)]\nuse crate::Plan;\n\
                #[cfg(test)]\nfn plan() -> crate::Plan { todo!() }\n\
                impl Load {\n    #[cfg(test)]\n    fn plan() -> crate::Plan { todo!() }\n}\n\
                #[cfg(test)]\nmod tests {\n    use crate::Plan;\n}\n";
    assert!(found_with(&[("load.rs", load)]).is_empty());
}

#[test]
fn a_name_of_another_crate_is_no_import() {
    let load = "use std::plan::Plan;\npub struct Load(Plan, ::plan::Plan);\n";
    assert!(found_with(&[("load.rs", load)]).is_empty());
}

#[test]
fn a_circle_may_be_accepted_and_one_that_is_gone_is_found() {
    let accepted = Accepted {
        loops: &[loops::Accepted {
            folder: "harness/model",
            files: &["load.rs", "plan.rs"],
            reason: "they grew together",
        }],
        ..NOTHING
    };
    let circle = tree_with(&[("load.rs", "use crate::Plan;\npub struct Load(Plan);\n")]);
    assert!(circle.findings_but(&accepted).is_empty());
    assert_eq!(
        Tree::clean().findings_but(&accepted),
        [
            "harness/model: the accepted loop of load.rs, plan.rs is not there any more; \
          strike it (they grew together)"
        ]
    );
}
