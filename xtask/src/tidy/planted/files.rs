//! Rules of single files.

use super::Tree;

const FILE: &str = "harness/model/src/load.rs";

/// What is found when the file has this text.
fn found_in(text: &str) -> Vec<String> {
    let tree = Tree::clean();
    tree.write(FILE, &format!("//! Load.\npub struct Load;\n{text}"));
    tree.findings()
}

#[test]
fn a_long_file_is_found_and_its_inline_tests_do_not_count() {
    let long = "pub const A: u8 = 1;\n".repeat(399);
    assert_eq!(
        found_in(&long),
        [format!("{FILE}: 401 own lines, at most 400")]
    );
    let tests = format!("\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert!(found_in(&tests).is_empty());
}

#[test]
fn a_wide_line_is_found() {
    let wide = format!("// {}\n", "x".repeat(98));
    assert_eq!(
        found_in(&wide),
        [format!("{FILE}:3: 101 columns, at most 100")]
    );
}

#[test]
fn a_missing_head_is_found_in_files_of_some_length() {
    let tree = Tree::clean();
    let lines = "pub const A: u8 = 1;\n".repeat(30);
    tree.write(FILE, &format!("pub struct Load;\n{lines}"));
    let missing = format!("{FILE}:1: no //! head that says what the file owns");
    assert_eq!(tree.findings(), [missing]);
}

#[test]
fn the_root_of_a_crate_needs_a_head_however_short_it_is() {
    let tree = Tree::clean();
    tree.write("harness/load/src/main.rs", "fn main() {}\n");
    let missing = "harness/load/src/main.rs:1: no //! head that says what the file owns";
    assert_eq!(tree.findings(), [missing]);
}

#[test]
fn a_wide_trait_is_found() {
    let methods = |count| "    fn a(&self);\n".repeat(count);
    assert!(found_in(&format!("pub trait T {{\n{}}}\n", methods(6))).is_empty());
    assert_eq!(
        found_in(&format!("pub trait T {{\n{}}}\n", methods(7))),
        [format!("{FILE}:3: trait T has 7 methods, at most 6")]
    );
}

#[test]
fn a_long_function_is_found_wherever_it_stands_but_in_tests() {
    let function = |lines| {
        format!(
            "fn a() {{\n{}}}\n",
            "    // Why.\n\n    b();\n".repeat(lines)
        )
    };
    assert!(found_in(&function(70)).is_empty());
    let long = [format!("{FILE}:3: a has 71 lines, at most 70")];
    assert_eq!(found_in(&function(71)), long);
    let long = [format!("{FILE}:4: a has 71 lines, at most 70")];
    assert_eq!(
        found_in(&format!("impl Load {{\n{}}}\n", function(71))),
        long
    );
    assert_eq!(found_in(&format!("trait T {{\n{}}}\n", function(71))), long);
    let tests = format!("\n#[cfg(test)]\nmod tests {{\n{}}}\n", function(71));
    assert!(found_in(&tests).is_empty());
}

#[test]
fn global_mutable_state_is_found() {
    assert_eq!(
        found_in("static mut COUNT: u8 = 0;\nstatic NAME: &str = \"a\";\n"),
        [format!("{FILE}:3: global mutable state")]
    );
}

#[test]
fn a_retired_word_is_found_as_a_whole_identifier_only() {
    let free = "// A Desk.\nconst GOODS: &str = \"Desk\";\nstruct DeskLamp;\n";
    assert!(found_in(free).is_empty());
    assert_eq!(
        found_in("macro_rules! a {\n    () => { Desk };\n}\n"),
        [format!("{FILE}:4: `Desk` is retired: use Dispatcher")]
    );
}

#[test]
fn a_word_that_is_retired_in_one_folder_is_free_in_others() {
    let tree = Tree::clean();
    tree.write("harness/load/src/money.rs", "struct Ledger;\n");
    tree.write("target-system/contracts/src/money.rs", "struct Ledger;\n");
    assert_eq!(
        tree.findings(),
        ["harness/load/src/money.rs:1: `Ledger` is retired: \
          use what it counts, such as LoadCounters or EdgeCounters"]
    );
}
