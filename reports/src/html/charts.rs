//! A chart on the page: the drawing, one line that teaches how to read it, and its numbers.

use maud::{Markup, PreEscaped, html};

use super::parts::number_cell;
use crate::chart::Chart;

/// `caption` is plain text. The numbers are folded away below it.
pub fn figure(chart: &Chart, caption: &str) -> Markup {
    html! {
        figure {
            div class="wide" { (PreEscaped(chart.inline())) }
            figcaption { (caption) }
            details {
                summary { "The numbers behind this chart" }
                div class="wide" {
                    table class="data" {
                        thead {
                            tr { @for title in &chart.data.titles { th class="num" { (title) } } }
                        }
                        tbody {
                            @for row in &chart.data.rows {
                                tr { @for cell in row { (number_cell(cell)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
