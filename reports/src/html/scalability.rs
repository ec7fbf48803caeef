//! How far the system grows: the two curves, the steps, and what runs out first.

use harness_model::report::{Report, Scalability, StepReport, Usl};
use maud::{Markup, html};

use super::charts::figure;
use super::parts::{Figure, bar, figures, number_cell, optional_cell};
use crate::{chart, number, words};

/// The law in it is Gunther's universal scalability law. A chart without data is left out.
pub fn section(report: &Report, scalability: &Scalability) -> Markup {
    html! {
        section {
            h2 { "How far it grows" }
            (figures(&key_figures(scalability)))
            p class="story" { (words::bottleneck_reason(report, scalability)) }
            @if let Some(chart) = chart::throughput(report) {
                (figure(&chart, "X(N) = γN / (1 + α(N−1) + βN(N−1)): α is contention for what \
                    is shared, β the cost of coherency."))
            }
            (coefficients(&scalability.usl))
            @if let Some(chart) = chart::latency(report) {
                (figure(&chart, "Where the lines turn upwards, waiting begins."))
            }
            h3 { "Steps" }
            div class="wide" { (steps(&scalability.steps)) }
            (demands(scalability))
        }
    }
}

fn key_figures(scalability: &Scalability) -> Vec<Figure> {
    let peak = scalability.usl.peak.filter(|_| scalability.usl.identified);
    vec![
        Figure::new(
            "Capacity within budget",
            number::optional(scalability.capacity_at_budget, number::per_second),
            words::capacity_budget(scalability),
        ),
        Figure::new(
            "Bottleneck",
            scalability
                .bottleneck
                .clone()
                .unwrap_or_else(|| "not known".to_owned()),
            "first to run out",
        ),
        Figure::new(
            "Peak by the fitted law",
            number::optional(peak.map(|peak| peak.throughput), number::per_second),
            match peak {
                Some(peak) => format!("with {} in the system", number::plain(peak.concurrency)),
                None => "not identified".to_owned(),
            },
        ),
    ]
}

fn coefficients(usl: &Usl) -> Markup {
    let parameters = [
        ("γ", "gamma", usl.gamma),
        ("α", "alpha", usl.alpha),
        ("β", "beta", usl.beta),
    ];
    html! {
        p class="coefficients" {
            @for (sign, name, value) in parameters {
                span {
                    (sign) " = " (number::optional(value, number::plain))
                    @if let Some([low, high]) = usl.ci.get(name) {
                        span class="none" {
                            " (" (number::plain(*low)) " – " (number::plain(*high)) ")"
                        }
                    }
                }
                " "
            }
            (words::peak_reason(usl.why))
        }
    }
}

fn steps(steps: &[StepReport]) -> Markup {
    let titles = [
        "Offered",
        "Sent",
        "Throughput",
        "In the system",
        "p50",
        "p95",
        "p99",
        "Failed",
        "Behind",
        "Little's law off by",
        "In the fit",
    ];
    html! {
        table {
            thead { tr { @for title in titles { th class="num" { (title) } } } }
            tbody {
                @for step in steps {
                    tr {
                        (number_cell(&number::per_second(step.offered)))
                        (number_cell(&number::per_second(step.sent)))
                        (number_cell(&number::per_second(step.throughput)))
                        (number_cell(&number::plain(step.concurrency)))
                        (optional_cell(step.p50_ms, number::ms))
                        (optional_cell(step.p95_ms, number::ms))
                        (optional_cell(step.p99_ms, number::ms))
                        (number_cell(&number::percent(step.errors)))
                        (number_cell(&number::count(step.behind)))
                        (number_cell(&number::percent(step.little_error)))
                        td class="num" { @if step.fitted { "yes" } @else { "no" } }
                    }
                }
            }
        }
    }
}

fn demands(scalability: &Scalability) -> Markup {
    let most = scalability.demand_ms.values().copied().fold(0.0, f64::max);
    let mut demands: Vec<_> = scalability.demand_ms.iter().collect();
    demands.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    html! {
        @if !demands.is_empty() {
            h3 { "CPU that one request costs" }
            table class="demands" {
                tbody {
                    @for (service, demand) in demands {
                        tr {
                            td { (service) }
                            td class="track" { (bar(demand / most.max(1e-9))) }
                            (number_cell(&number::ms(*demand)))
                        }
                    }
                }
            }
        }
    }
}
