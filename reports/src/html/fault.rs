//! One section a fault: its story, its numbers, whom it harmed, and who is blamed for it.

use harness_model::report::{Blind, FaultReport, Harm, Suspect};
use maud::{Markup, html};

use super::parts::{Figure, bar, figures, names};
use super::waterfall;
use crate::{number, words};

/// `position` counts from 1 in the order of the report.
pub fn section(position: usize, fault: &FaultReport) -> Markup {
    html! {
        section class="fault" {
            h2 {
                "Fault " (position) ": " (fault.name)
                span class="aside" { (words::kind(fault)) " on " (words::target(fault)) }
            }
            p class="story" { (words::story(fault).join(" ")) }
            (figures(&key_figures(fault)))
            div class="pair" {
                div { h3 { "Harmed" } (harmed(&fault.harmed)) }
                div {
                    h3 { "Stayed unharmed" }
                    p { (names(&fault.contained)) }
                    @if !fault.unseen.is_empty() {
                        h3 { "Requested too seldom to tell" }
                        p { (names(&fault.unseen)) }
                    }
                }
            }
            (suspects(fault))
            (waterfalls(fault))
        }
    }
}

fn harmed(all: &[Harm]) -> Markup {
    html! {
        @if all.is_empty() { p { span class="none" { "none" } } }
        @else {
            ul class="harm" {
                @for harm in all {
                    li { span class="name" { (harm.operation) } " " (words::harm(harm)) }
                }
            }
        }
    }
}

fn key_figures(fault: &FaultReport) -> Vec<Figure> {
    let (from, to) = words::window(fault);
    let injected = match fault.injected_s {
        Some(_) => format!("at {}", number::seconds(from)),
        None => "never injected".to_owned(),
    };
    let healed = number::optional(to, |to| format!("healed at {}", number::seconds(to)));
    let recovered = match fault.recovery_s {
        Some(_) if fault.first_harm_s.is_none() => "never left its band",
        Some(_) if fault.censored => "not seen to recover",
        Some(_) if !fault.shared.is_empty() => "after healing, shared with another fault",
        Some(_) => "after healing",
        None => "no measure of it",
    };
    let proof = if fault.evidence.verified {
        "healing verified"
    } else {
        "healing not verified"
    };
    let mut figures = vec![
        Figure::new("Injected", injected, healed),
        Figure::new(
            "Touched",
            format!(
                "{} of {}",
                number::count(fault.evidence.affected),
                number::count(fault.evidence.eligible)
            ),
            proof,
        ),
        Figure::new(
            "First harm",
            number::optional(fault.first_harm_s, number::seconds),
            if fault.first_harm_s.is_some() {
                "after injection"
            } else {
                "never left its band"
            },
        ),
        Figure::new("Recovered", words::recovery(fault), recovered),
        Figure::new(
            "Dip",
            number::seconds(fault.dip_s),
            "of full outage, equivalent",
        ),
        Figure::new(
            "Lost",
            number::plain(fault.lost),
            "requests beyond the baseline",
        ),
    ];
    figures.extend(
        words::noticed(fault)
            .into_iter()
            .map(|(who, after_s, what)| Figure::new(who, number::seconds(after_s), what)),
    );
    figures
}

fn suspects(fault: &FaultReport) -> Markup {
    html! {
        h3 { "Suspects" span class="aside" { "from traces and metrics alone" } }
        @if fault.suspects.is_empty() {
            p class="none" { "No suspect is named." }
        } @else {
            ol class="suspects" {
                @for (index, suspect) in fault.suspects.iter().enumerate() {
                    (entry(suspect, fault.truth_rank == u32::try_from(index + 1).ok()))
                }
            }
        }
        (blind_spots(&fault.blind_spots))
        p class="truth" { (words::truth(fault)) }
    }
}

/// What the suspects were found without; nothing where all was seen.
pub fn blind_spots(blind: &[Blind]) -> Markup {
    html! {
        @if !blind.is_empty() {
            p { "Not seen:" }
            ul { @for sentence in words::blind_spots(blind) { li { (sentence) } } }
        }
    }
}

/// One suspect, with what speaks against it.
pub fn entry(suspect: &Suspect, is_truth: bool) -> Markup {
    html! {
        li {
            div class="suspect" {
                strong { (words::suspect(suspect)) }
                (bar(suspect.score))
                span class="num" { (number::plain(suspect.score)) }
                @if is_truth { span class="name truth-mark" { "injected here" } }
            }
            @if !suspect.why.is_empty() {
                ul { @for why in words::indications(suspect) { li { (why) } } }
            }
        }
    }
}

fn waterfalls(fault: &FaultReport) -> Markup {
    html! {
        @if fault.before.is_some() || fault.during.is_some() {
            h3 {
                "A typical request"
                span class="aside" { "filled: the share of each span on the critical path" }
            }
        }
        @if let Some(before) = &fault.before { (waterfall::drawing("before", before)) }
        @if let Some(during) = &fault.during { (waterfall::drawing("during", during)) }
    }
}
