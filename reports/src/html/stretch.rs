//! One section a stretch that was worse than the rest without a fault: when, how, and who is
//! suspected of it.

use harness_model::report::StretchReport;
use maud::{Markup, html};

use super::fault::{blind_spots, entry};
use crate::words;

pub fn section(stretch: &StretchReport) -> Markup {
    html! {
        section class="fault" {
            h2 {
                "Worse than the rest: " (words::when(stretch))
                span class="aside" { "no fault was planned" }
            }
            p class="story" { (words::stretch(stretch)) }
            @if stretch.suspects.is_empty() {
                p class="none" { (words::no_suspect(stretch)) }
            } @else {
                h3 { "Suspects" span class="aside" { "from traces and metrics alone" } }
                ol class="suspects" {
                    @for suspect in &stretch.suspects { (entry(suspect, false)) }
                }
            }
            (blind_spots(&stretch.blind_spots))
        }
    }
}
