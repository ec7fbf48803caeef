//! Traits stay narrow: a wide seam is hard to implement twice.

use syn::visit::{self, Visit};
use syn::{ItemTrait, TraitItem};

use super::source::Sources;

const METHODS: usize = 6;

/// One finding for each trait with more methods than the budget.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        let mut reader = Reader {
            file: name,
            findings: &mut findings,
        };
        reader.visit_file(&source.syntax);
    }
    findings
}

struct Reader<'a> {
    file: &'a str,
    findings: &'a mut Vec<String>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        let methods = item
            .items
            .iter()
            .filter(|item| matches!(item, TraitItem::Fn(_)))
            .count();
        if methods > METHODS {
            self.findings.push(format!(
                "{}:{}: trait {} has {methods} methods, at most {METHODS}",
                self.file,
                item.ident.span().start().line,
                item.ident
            ));
        }
        visit::visit_item_trait(self, item);
    }
}
