//! Functions fit on a screen.
//!
//! Counted as clippy does: the lines of the body that are neither empty nor comments. Inline tests
//! do not count.

use syn::visit::{self, Visit};
use syn::{Block, Ident, ImplItemFn, Item, ItemFn, TraitItemFn};

use super::source::{Source, Sources, for_tests, parts};

const LINES: usize = 70;

/// A function that is too long.
pub struct Long {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// One finding for each function over the budget.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        for one in long(source) {
            findings.push(format!(
                "{name}:{}: {} has {} lines, at most {LINES}",
                one.line, one.name, one.lines
            ));
        }
    }
    findings
}

/// The functions of one file that are over the budget.
pub fn long(source: &Source) -> Vec<Long> {
    let mut reader = Reader {
        lines: source.text.lines().collect(),
        long: Vec::new(),
    };
    reader.visit_file(&source.syntax);
    reader.long
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    long: Vec<Long>,
}

impl Reader<'_> {
    fn measure(&mut self, name: &Ident, body: &Block) {
        let first = body.brace_token.span.open().start().line;
        let last = body.brace_token.span.close().start().line;
        // Lines count from 1, so this is what stands between the lines of the two braces.
        let inner = self.lines.get(first..last - 1).unwrap_or_default();
        let code = |line: &&&str| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with("//")
        };
        let lines = inner.iter().filter(code).count();
        if lines > LINES {
            self.long.push(Long {
                name: name.to_string(),
                line: name.span().start().line,
                lines,
            });
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(parts(item).0) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.measure(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.measure(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig.ident, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
