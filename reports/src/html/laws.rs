//! The table of laws: what the target's own counts had to come to in the end.

use harness_model::report::LawResult;
use maud::{Markup, html};

use super::parts::{chip, optional_cell};
use crate::{number, words};

pub fn section(laws: &[LawResult]) -> Markup {
    html! {
        @if !laws.is_empty() {
            section {
                h2 { "What must hold in the end" span class="aside" { (words::laws(laws)) } }
                div class="wide" { (table(laws)) }
            }
        }
    }
}

fn table(laws: &[LawResult]) -> Markup {
    html! {
        table class="budgets" {
            thead {
                tr {
                    th { "Verdict" }
                    th { "Law" }
                    th { "What the run added" }
                    th { "" }
                    th { "To what" }
                    th class="num" title="from the end of the load until it held for good" {
                        "Settled after"
                    }
                    th { "Why" }
                }
            }
            tbody { @for law in laws { (row(law)) } }
        }
    }
}

fn row(law: &LawResult) -> Markup {
    let (verdict, word) = words::law_verdict(law);
    html! {
        tr class=(verdict.name()) {
            td { (chip(verdict, word)) }
            td { (law.name) }
            td { (words::side(&law.left)) }
            td { (words::relation(law)) }
            td { (words::side(&law.right)) }
            (optional_cell(law.settled_s, number::seconds))
            td class="why" { (law.why) }
        }
    }
}
