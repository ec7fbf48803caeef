//! Two tables of the services: what each did and used, and which requests reached it.

use std::collections::BTreeSet;

use harness_model::report::{Report, ServiceReport};
use maud::{Markup, html};

use super::parts::{number_cell, optional_cell};
use crate::{number, words};

/// Empty where the report has no services. Rates are calls per second, CPU is cores, memory MB.
pub fn section(report: &Report) -> Markup {
    html! {
        @if !report.services.is_empty() {
            section {
                h2 { "Services" span class="aside" { "from their traces and processes" } }
                div class="wide" {
                    table {
                        thead {
                            tr {
                                th { "Service" }
                                @for title in ["Calls", "Failed", "p95", "CPU", "Memory"] {
                                    th class="num" { (title) }
                                }
                                th class="num" title="Share of all request time that this service \
                                    held the critical path" { "Critical path" }
                            }
                        }
                        tbody { @for service in &report.services { (service_row(service)) } }
                    }
                }
                (containers(&report.services))
                (reach(&report.services))
            }
        }
    }
}

fn service_row(service: &ServiceReport) -> Markup {
    html! {
        tr {
            td {
                (service.name)
                @if service.restarts > 0 {
                    span class="aside" { (words::restarts(service.restarts)) }
                }
            }
            (number_cell(&number::per_second(service.rate)))
            td class={ "num " @if service.errors > 0.0 { "bad" } } {
                (number::percent(service.errors))
            }
            (optional_cell(service.p95_ms, number::ms))
            (optional_cell(service.cpu, number::cores))
            (optional_cell(service.rss_mb, |mb| number::with_unit(mb, "MB")))
            (optional_cell(service.critical_path_share, number::percent))
        }
    }
}

/// What the kernel says about each container; nothing where there is none.
fn containers(services: &[ServiceReport]) -> Markup {
    html! {
        @if services.iter().any(|service| service.container.is_some()) {
            h3 {
                "Containers"
                span class="aside" { "from their control groups, over the whole load" }
            }
            div class="wide" {
                table class="containers" {
                    thead {
                        tr {
                            th { "Service" }
                            @for title in words::CONTAINER { th class="num" { (title) } }
                        }
                    }
                    tbody {
                        @for service in services {
                            @if let Some(container) = &service.container {
                                tr {
                                    td { (service.name) }
                                    @for figure in words::container(container) {
                                        (number_cell(&figure))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Which requests reached which service: the traffic as the target split it.
fn reach(services: &[ServiceReport]) -> Markup {
    let groups: BTreeSet<&str> = services
        .iter()
        .flat_map(|service| service.reached_by.keys().map(String::as_str))
        .collect();
    html! {
        @if !groups.is_empty() {
            h3 {
                "Requests that reached each service"
                span class="aside" { "by what was asked for, over the whole run" }
            }
            div class="wide" {
                table class="reach" {
                    thead {
                        tr {
                            th { "Service" }
                            @for group in &groups { th class="num" { (group) } }
                        }
                    }
                    tbody {
                        @for service in services {
                            tr {
                                td { (service.name) }
                                @for group in &groups { (reached(service, group)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn reached(service: &ServiceReport, group: &str) -> Markup {
    match service.reached_by.get(group) {
        Some(n) => number_cell(&number::count(*n)),
        None => html! { td class="num none" { "0" } },
    }
}
