//! Small pieces that sections share: chips, numbers in cells, key figures.

use harness_model::Verdict;
use maud::{Markup, html};

use crate::{number, words};

/// The verdict as a coloured word; never a colour alone.
pub fn chip(verdict: Verdict, word: &str) -> Markup {
    html! { span class={ "chip " (verdict.name()) } { (sign(verdict)) " " (word) } }
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Inconclusive => "?",
        Verdict::Fail => "✕",
    }
}

/// A right-aligned cell; what was not measured explains itself.
pub fn number_cell(text: &str) -> Markup {
    html! {
        @if text == number::NONE {
            td class="num none" title="not enough data" { (text) }
        } @else {
            td class="num" { (text) }
        }
    }
}

/// A [`number_cell`] that reads [`number::NONE`] where there is no value.
pub fn optional_cell(value: Option<f64>, write: impl Fn(f64) -> String) -> Markup {
    number_cell(&number::optional(value, write))
}

/// One key figure: what it is, how much, and what it means.
pub struct Figure {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

impl Figure {
    /// `value` is already written with its unit; an empty `note` is left out.
    pub fn new(name: &'static str, value: String, note: impl Into<String>) -> Figure {
        Figure {
            name,
            value,
            note: note.into(),
        }
    }
}

/// A row of key figures, in the order given.
pub fn figures(figures: &[Figure]) -> Markup {
    html! {
        dl class="figures" {
            @for figure in figures {
                div {
                    dt { (figure.name) }
                    dd class="value" { (figure.value) }
                    @if !figure.note.is_empty() {
                        dd class="note" { (figure.note) }
                    }
                }
            }
        }
    }
}

/// A share as a bar; the number beside it carries the meaning.
pub fn bar(share: f64) -> Markup {
    let width = format!("width:{:.1}%", (share * 100.0).clamp(0.0, 100.0));
    html! { span class="bar" aria-hidden="true" { span style=(width) {} } }
}

/// Names as quiet chips, or a dash.
pub fn names(names: &[String]) -> Markup {
    html! {
        @if names.is_empty() {
            span class="none" { "none" }
        }
        @for name in names {
            span class="name" { (name) } " "
        }
    }
}

/// A [`chip`] with the verdict's own word, as for a whole run.
pub fn verdict_chip(verdict: Verdict) -> Markup {
    chip(verdict, words::verdict(verdict))
}
