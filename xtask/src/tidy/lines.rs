//! Budgets of a file: its length and the width of its lines.

use super::source::Sources;

const OWN_LINES: usize = 400;
const COLUMNS: usize = 100;

/// One finding for each long file and each wide line.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        let lines = source.own_lines();
        if lines > OWN_LINES {
            findings.push(format!("{name}: {lines} own lines, at most {OWN_LINES}"));
        }
        for (index, line) in source.text.lines().enumerate() {
            let width = line.chars().count();
            if width > COLUMNS {
                findings.push(format!(
                    "{name}:{}: {width} columns, at most {COLUMNS}",
                    index + 1
                ));
            }
        }
    }
    findings
}
