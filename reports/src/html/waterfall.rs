//! One trace as a table with bars, so that it can be read aloud, copied and searched.

use harness_model::report::{Waterfall, WaterfallRow};
use maud::{Markup, html};

use crate::{number, words};

/// `moment` is `before` or `during`, seen from the fault.
pub fn drawing(moment: &str, waterfall: &Waterfall) -> Markup {
    html! {
        div class="waterfall wide" {
            table {
                caption {
                    strong { (moment) } " " (waterfall.operation) ", "
                    (number::ms(waterfall.duration_ms))
                    span class="aside" { "trace " (waterfall.trace_id) }
                }
                thead {
                    tr {
                        th { "Span" }
                        th class="track" { "Time" }
                        th class="num" { "Took" }
                        th class="num" { "Critical" }
                    }
                }
                tbody {
                    @for span in &waterfall.rows { (row(span, waterfall.duration_ms)) }
                }
            }
            @if waterfall.omitted > 0 {
                p class="none" { "and " (number::count(waterfall.omitted.into())) " more spans" }
            }
        }
    }
}

fn row(span: &WaterfallRow, whole_ms: f64) -> Markup {
    let indent = format!("padding-left:{:.1}em", f64::from(span.depth.min(16)) * 0.9);
    let critical = if span.critical_ms > 0.0 {
        "critical"
    } else {
        ""
    };
    let failed = if span.failed { "failed" } else { "" };
    html! {
        tr class={ (critical) " " (failed) } {
            td style=(indent) {
                span class="service" { (span.service) } " " (words::span_name(span))
                span class="kind" { (span.kind.name()) }
                @if span.failed { span class="failed-word" { "✕ failed" } }
            }
            td class="track" { span class="span" style=(place(span, whole_ms)) {} }
            td class="num" { (number::ms(span.duration_ms)) }
            td class="num" {
                @if span.critical_ms > 0.0 { (number::ms(span.critical_ms)) }
                @else { span class="none" { "off" } }
            }
        }
    }
}

/// Inside the track, never thinner than can be seen, filled by its share of the critical path.
fn place(span: &WaterfallRow, whole_ms: f64) -> String {
    let percent = |value: f64| (value / whole_ms.max(1e-9) * 100.0).clamp(0.0, 100.0);
    let left = percent(span.start_ms).min(99.0);
    let width = percent(span.duration_ms).min(100.0 - left).max(0.6);
    let critical = (span.critical_ms / span.duration_ms.max(1e-9) * 100.0).clamp(0.0, 100.0);
    format!("left:{left:.2}%;width:{width:.2}%;--critical:{critical:.0}%")
}
