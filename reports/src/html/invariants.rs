//! The table of invariants: what must hold of the target's own counts at the end.

use harness_model::report::InvariantResult;
use maud::{Markup, html};

use super::parts::{chip, optional_cell};
use crate::{number, words};

/// Empty where the target states no invariants.
pub fn section(invariants: &[InvariantResult]) -> Markup {
    html! {
        @if !invariants.is_empty() {
            section {
                h2 {
                    "Invariants"
                    span class="aside" { (words::invariants(invariants)) }
                }
                div class="wide" { (table(invariants)) }
            }
        }
    }
}

fn table(invariants: &[InvariantResult]) -> Markup {
    html! {
        table class="budgets" {
            thead {
                tr {
                    th { "Verdict" }
                    th { "Invariant" }
                    th { "What the run added" }
                    th { "" }
                    th { "To what" }
                    th class="num" title="from the end of the load until it held for good" {
                        "Settled after"
                    }
                    th { "Why" }
                }
            }
            tbody { @for invariant in invariants { (row(invariant)) } }
        }
    }
}

fn row(invariant: &InvariantResult) -> Markup {
    let (verdict, word) = words::invariant_verdict(invariant);
    html! {
        tr class=(verdict.name()) {
            td { (chip(verdict, word)) }
            td { (invariant.name) }
            td { (words::side(&invariant.left)) }
            td { (words::relation(invariant)) }
            td { (words::side(&invariant.right)) }
            (optional_cell(invariant.settled_s, number::seconds))
            td class="why" { (words::invariant_reason(invariant)) }
        }
    }
}
