//! A file starts with a `//!` head that says what it owns; short ones may do without, a crate's
//! root may not.

use super::source::Sources;

const HEADLESS_LINES: usize = 30;
/// The files a reader of a crate opens first.
const ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

/// One finding for each file without the head it needs.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        let needed =
            source.own_lines() > HEADLESS_LINES || ROOTS.iter().any(|root| name.ends_with(root));
        if needed && !source.text.starts_with("//!") {
            findings.push(format!(
                "{name}:1: no //! head that says what the file owns"
            ));
        }
    }
    findings
}
