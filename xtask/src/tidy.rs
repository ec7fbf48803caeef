//! Budgets of size and style for every Rust file.
//!
//! What clippy cannot say: file length, line width, heads, trait size. It must not know crates.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const OWN_LINES: usize = 400;
const COLUMNS: usize = 100;
const HEADLESS_LINES: usize = 30;
const TRAIT_METHODS: usize = 6;

/// Files that may break a budget, each with its reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Every fault of every Rust file, one line each.
pub fn files(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in ["harness", "chaos", "reports", "target-system", "xtask"] {
        collect(&root.join(folder), &mut paths)?;
    }
    paths.sort();
    let mut faults = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        if EXCEPTIONS.iter().any(|(file, _)| *file == name) {
            continue;
        }
        faults.extend(file(&name, &text));
    }
    Ok(faults)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn file(name: &str, text: &str) -> Vec<String> {
    let own = own_part(text);
    let mut faults = Vec::new();
    let lines = own.lines().count();
    if lines > OWN_LINES {
        faults.push(format!(
            "{name}: {lines} own lines, the budget is {OWN_LINES}"
        ));
    }
    if lines > HEADLESS_LINES && !text.starts_with("//!") {
        faults.push(format!(
            "{name}:1: no //! head that says what the file owns"
        ));
    }
    for (index, line) in text.lines().enumerate() {
        let width = line.chars().count();
        if width > COLUMNS {
            faults.push(format!(
                "{name}:{}: {width} columns, at most {COLUMNS}",
                index + 1
            ));
        }
        if line.trim_start().starts_with(concat!("static ", "mut ")) {
            faults.push(format!("{name}:{}: global mutable state", index + 1));
        }
    }
    faults.extend(traits(name, own));
    faults
}

/// The file without its inline tests, which stand at its end.
fn own_part(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ")
        .map_or(text, |end| &text[..end])
}

/// Traits with more methods than the budget: wide seams are hard to implement twice.
fn traits(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("pub trait ") || line.starts_with("trait ") {
            open = Some((index + 1, 0));
        } else if line == "}" {
            if let Some((at, methods)) = open.take()
                && methods > TRAIT_METHODS
            {
                faults.push(format!(
                    "{name}:{at}: {methods} methods, at most {TRAIT_METHODS}"
                ));
            }
        } else if let Some((_, methods)) = &mut open
            && (line.starts_with("    fn ") || line.starts_with("    async fn "))
        {
            *methods += 1;
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_wide_lines_and_missing_heads_are_found() {
        let long = "fn a() {}\n".repeat(OWN_LINES + 1);
        assert_eq!(file("x.rs", &long).len(), 2);
        let wide = format!("//! Head.\n// {}\n", "x".repeat(COLUMNS));
        assert_eq!(file("x.rs", &wide).len(), 1);
        assert!(file("x.rs", "//! Head.\nfn a() {}\n").is_empty());
    }

    #[test]
    fn inline_tests_do_not_count() {
        let tests = "    fn a() {}\n".repeat(OWN_LINES);
        let text = format!("//! Head.\nfn a() {{}}\n\n#[cfg(test)]\nmod tests {{\n{tests}}}\n");
        assert!(file("x.rs", &text).is_empty());
    }

    #[test]
    fn a_wide_trait_is_found() {
        let methods = "    fn a(&self);\n".repeat(TRAIT_METHODS + 1);
        assert_eq!(
            traits("x.rs", &format!("pub trait T {{\n{methods}}}\n")).len(),
            1
        );
    }
}
