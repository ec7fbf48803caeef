//! Traits stay narrow: a wide seam is hard to implement twice.

use syn::{Item, TraitItem};

use super::source::{Sources, findings};

const METHODS: usize = 6;

/// One finding for each trait with more methods than the budget.
pub fn check(sources: &Sources) -> Vec<String> {
    findings(sources, |item| {
        let Item::Trait(item) = item else {
            return None;
        };
        let is_method = |item: &&TraitItem| matches!(item, TraitItem::Fn(_));
        let methods = item.items.iter().filter(is_method).count();
        let what = format!(
            "trait {} has {methods} methods, at most {METHODS}",
            item.ident
        );
        (methods > METHODS).then_some((&item.ident, what))
    })
}
