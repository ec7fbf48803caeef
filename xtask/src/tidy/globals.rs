//! No global mutable state: what changes has an owner.

use syn::visit::{self, Visit};
use syn::{ItemStatic, StaticMutability};

use super::source::Sources;

/// One finding for each mutable static.
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
    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        if matches!(item.mutability, StaticMutability::Mut(_)) {
            let line = item.ident.span().start().line;
            self.findings
                .push(format!("{}:{line}: global mutable state", self.file));
        }
        visit::visit_item_static(self, item);
    }
}
