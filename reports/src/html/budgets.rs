//! The table of budgets, worst first: the part of the page that decides.

use harness_model::Verdict;
use harness_model::report::{BudgetResult, Report};
use maud::{Markup, html};

use super::parts::{chip, number_cell};
use crate::{number, words};

/// Always there; says so where the scenario states no budgets.
pub fn section(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Budgets" span class="aside" { (words::tally(report)) } }
            @if report.budgets.is_empty() {
                p class="none" { "The scenario states no budgets." }
            } @else {
                div class="wide" { (table(&report.budgets)) }
            }
        }
    }
}

fn table(budgets: &[BudgetResult]) -> Markup {
    // Where all held there is nothing to explain.
    let explains = budgets.iter().any(|one| one.verdict != Verdict::Pass);
    html! {
        table class="budgets" {
            thead {
                tr {
                    th { "Verdict" }
                    th { "Measure" }
                    th { "Of" }
                    th { "In" }
                    th class="num" { "Observed" }
                    th class="num" { "Limit" }
                    th class="num" title="confidence interval of what was observed" { "CI" }
                    th class="num" title="samples" { "n" }
                    @if explains { th { "Why" } }
                }
            }
            tbody {
                @for budget in words::worst_first(budgets) { (row(budget, explains)) }
            }
        }
    }
}

fn row(budget: &BudgetResult, explains: bool) -> Markup {
    let stated = format!("stated at {} of the scenario", budget.stated_at);
    html! {
        tr class=(budget.verdict.name()) {
            td { (chip(budget.verdict, words::budget_verdict(budget.verdict))) }
            td title=(stated) { (words::measure(budget)) }
            td { (budget.of.to_string()) }
            td { (words::within(budget)) }
            td class="num strong" { (words::observed(budget)) }
            (number_cell(&words::limit(budget)))
            (number_cell(&number::interval(budget.ci, budget.measure.unit())))
            (number_cell(&number::count(budget.n)))
            @if explains {
                td class="why" {
                    @if budget.verdict != Verdict::Pass { (words::budget_reason(budget)) }
                }
            }
        }
    }
}
