//! No global mutable state: what changes has an owner.

use syn::{Item, StaticMutability};

use super::source::{Sources, findings};

/// One finding for each mutable static.
pub fn check(sources: &Sources) -> Vec<String> {
    findings(sources, |item| match item {
        Item::Static(item) if matches!(item.mutability, StaticMutability::Mut(_)) => {
            Some((&item.ident, "global mutable state".to_owned()))
        }
        _ => None,
    })
}
