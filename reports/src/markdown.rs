//! `report.md`: what a CI step summary has room for.
//!
//! A step summary over 1 MiB is rejected as a whole, so tables stop at a top-N, cells are clipped,
//! and the text as a whole is bounded by [`MOST_BYTES`].

use harness_model::Verdict;
use harness_model::report::{FaultReport, OperationReport, Report};

use crate::renderer::{RenderError, Renderer};
use crate::{number, words};

const MOST_BYTES: usize = 900_000;
const MOST_BUDGETS: usize = 100;
const MOST_FAULTS: usize = 20;
const MOST_OPERATIONS: usize = 40;
const MOST_CELL: usize = 240;

/// The report as GitHub-flavoured Markdown, at most 900 kB.
pub struct MarkdownSummary;

impl Renderer for MarkdownSummary {
    fn file_name(&self) -> &str {
        "report.md"
    }

    fn render(&self, report: &Report) -> Result<Vec<u8>, RenderError> {
        let parts = [
            head(report),
            budgets(report),
            invariants(report),
            faults(report),
            stretches(report),
            scalability(report),
            operations(report),
            containers(report),
            validity(report),
        ];
        Ok(bounded(parts.concat()).into_bytes())
    }
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✅",
        Verdict::Inconclusive => "❔",
        Verdict::Fail => "❌",
    }
}

fn head(report: &Report) -> String {
    let run = &report.run;
    let mut text = format!(
        "## {} {}: {}\n\n**{}**\n\n{} ({})\n\n",
        sign(report.verdict),
        words::verdict(report.verdict),
        cell(&run.scenario),
        cell(&words::summary(report)),
        words::tally(report),
        cell(&words::setting(run)),
    );
    let reasons = words::reasons(report);
    for reason in reasons.iter().take(MOST_FAULTS) {
        text.push_str(&format!("- {}\n", cell(reason)));
    }
    if !reasons.is_empty() {
        text.push('\n');
    }
    text
}

fn budgets(report: &Report) -> String {
    let rows = words::worst_first(&report.budgets)
        .into_iter()
        .map(|budget| {
            vec![
                format!(
                    "{} {}",
                    sign(budget.verdict),
                    words::budget_verdict(budget.verdict)
                ),
                words::measure(budget),
                budget.of.to_string(),
                words::within(budget),
                words::observed(budget),
                words::limit(budget),
                number::interval(budget.ci, budget.measure.unit()),
                number::count(budget.n),
                words::budget_reason(budget),
            ]
        });
    let titles = [
        "", "measure", "of", "in", "observed", "limit", "CI", "n", "why",
    ];
    table("### Budgets", &titles, rows.collect(), MOST_BUDGETS)
}

fn invariants(report: &Report) -> String {
    let rows = report.invariants.iter().map(|invariant| {
        let (verdict, word) = words::invariant_verdict(invariant);
        vec![
            format!("{} {word}", sign(verdict)),
            invariant.name.clone(),
            format!(
                "{} {} {}",
                words::side(&invariant.left),
                words::relation(invariant),
                words::side(&invariant.right)
            ),
            number::optional(invariant.settled_s, number::seconds),
            words::invariant_reason(invariant),
        ]
    });
    let titles = [
        "",
        "invariant",
        "what the run added",
        "settled after",
        "why",
    ];
    let title = "### Invariants";
    table(title, &titles, rows.collect(), MOST_BUDGETS)
}

fn faults(report: &Report) -> String {
    let rows: Vec<_> = report.faults.iter().map(fault_row).collect();
    let titles = [
        "fault",
        "kind",
        "target",
        "suspected (blind)",
        "why",
        "first harm",
        "recovered",
        "dip",
        "lost",
        "touched",
    ];
    let mut text = table("### Faults", &titles, rows, MOST_FAULTS);
    for fault in report.faults.iter().take(MOST_FAULTS) {
        text.push_str(&format!(
            "**{}.** {} ",
            cell(&fault.name),
            cell(&words::story(fault).join(" "))
        ));
        text.push_str(&format!("{}\n\n", words::truth(fault)));
        text.push_str(&bullets(&words::blind_spots(&fault.blind_spots)));
    }
    text
}

fn stretches(report: &Report) -> String {
    let mut text = String::new();
    for stretch in &report.stretches {
        if text.is_empty() {
            text.push_str("### Worse than the rest, without a fault\n\n");
        }
        text.push_str(&format!("{}\n\n", words::stretch(stretch)));
        let suspects = stretch.suspects.iter().map(|suspect| {
            let why = words::indications(suspect).into_iter().next();
            let name = cell(&words::suspect(suspect));
            format!("**{name}**: {}", cell(&why.unwrap_or_default()))
        });
        let mut lines: Vec<String> = suspects.collect();
        if lines.is_empty() {
            lines.push(words::no_suspect(stretch).to_owned());
        }
        lines.extend(words::blind_spots(&stretch.blind_spots));
        text.push_str(&bullets(&lines));
    }
    text
}

/// A list and an empty line; nothing for nothing.
fn bullets(lines: &[String]) -> String {
    let mut text: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn fault_row(fault: &FaultReport) -> Vec<String> {
    let first = fault.suspects.first();
    vec![
        fault.name.clone(),
        words::kind(fault),
        fault.target.to_string(),
        first.map_or_else(|| number::NONE.to_owned(), words::suspect),
        first
            .and_then(|suspect| words::indications(suspect).into_iter().next())
            .unwrap_or_default(),
        number::optional(fault.first_harm_s, number::seconds),
        words::recovery(fault),
        number::seconds(fault.dip_s),
        number::plain(fault.lost),
        words::evidence(fault),
    ]
}

fn scalability(report: &Report) -> String {
    let Some(scalability) = &report.scalability else {
        return String::new();
    };
    let rows = scalability.steps.iter().map(|step| {
        vec![
            number::per_second(step.offered),
            number::per_second(step.sent),
            number::per_second(step.throughput),
            number::plain(step.concurrency),
            number::optional(step.p95_ms, number::ms),
            number::percent(step.errors),
        ]
    });
    let titles = [
        "offered",
        "sent",
        "throughput",
        "in the system",
        "p95",
        "failed",
    ];
    let mut text = table("### Scalability", &titles, rows.collect(), MOST_OPERATIONS);
    text.push_str(&format!(
        "Capacity within budget ({}): **{}**. Bottleneck: **{}**. {}\n\n",
        cell(&words::capacity_budget(scalability)),
        number::optional(scalability.capacity_at_budget, number::per_second),
        cell(scalability.bottleneck.as_deref().unwrap_or("not known")),
        cell(&words::bottleneck_reason(report, scalability)),
    ));
    text
}

fn operations(report: &Report) -> String {
    let all = |operation: &&OperationReport| operation.phase == "all";
    let rows = report.operations.iter().filter(all).map(|operation| {
        let quantiles = operation.response_ms;
        vec![
            operation.name.clone(),
            number::count(operation.n),
            number::count(operation.n.saturating_sub(operation.ok)),
            number::optional(quantiles.p50, number::ms),
            number::optional(quantiles.p95, number::ms),
            number::optional(quantiles.p99, number::ms),
        ]
    });
    let titles = ["operation", "n", "failed", "p50", "p95", "p99"];
    table("### Operations", &titles, rows.collect(), MOST_OPERATIONS)
}

fn containers(report: &Report) -> String {
    let rows = report.services.iter().filter_map(|service| {
        let figures = words::container(service.container.as_ref()?);
        let mut row = vec![service.name.clone()];
        row.extend(figures);
        Some(row)
    });
    let mut titles = vec!["service"];
    titles.extend(words::CONTAINER);
    table("### Containers", &titles, rows.collect(), MOST_OPERATIONS)
}

fn validity(report: &Report) -> String {
    let (load, telemetry, run) = (&report.load, &report.telemetry, &report.run);
    let host = words::host(&report.host)
        .iter()
        .map(|one| format!("- {}\n", cell(one)))
        .collect::<String>();
    let host = if host.is_empty() {
        host
    } else {
        format!("{host}\n")
    };
    let waited = load.waiting.map(|waiting| {
        let p99 = number::ms(waiting.p99_ms);
        format!(" (visits waited {p99} for a free user at p99)")
    });
    format!(
        "### Validity\n\nGenerator lateness p99 {} (most {}), generator CPU {}, {} not sent{}, \
         {} cancelled, trace coverage {}, spans dropped {}.\n\n{host}`{}`\n",
        number::ms(load.lateness_p99_ms),
        number::ms(load.lateness_max_ms),
        number::optional(load.generator_cpu, number::cores),
        number::optional(load.dropped, number::count),
        waited.unwrap_or_default(),
        number::optional(load.cancelled, number::count),
        number::optional(telemetry.trace_coverage, number::percent),
        number::optional(telemetry.spans_dropped, number::count),
        run.command.replace('`', "'"),
    )
}

fn table(title: &str, titles: &[&str], rows: Vec<Vec<String>>, most: usize) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = format!("{title}\n\n");
    text.push_str(&line(
        titles.iter().map(|&title| title.to_owned()).collect(),
    ));
    text.push_str(&line(vec!["---".to_owned(); titles.len()]));
    let left = rows.len().saturating_sub(most);
    for row in rows.into_iter().take(most) {
        text.push_str(&line(row.iter().map(|value| cell(value)).collect()));
    }
    if left > 0 {
        text.push_str(&format!("\nand {left} more in report.html\n"));
    }
    text.push('\n');
    text
}

/// Text that cannot leave its cell: one line, no pipes, no markup, a bounded length.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in words::clip(text, MOST_CELL).chars() {
        match character {
            '|' => safe.push_str("\\|"),
            '<' => safe.push_str("&lt;"),
            '\n' | '\r' => safe.push(' '),
            '`' => safe.push('\''),
            other => safe.push(other),
        }
    }
    safe
}

fn bounded(mut text: String) -> String {
    if text.len() > MOST_BYTES {
        let end = text.floor_char_boundary(MOST_BYTES);
        text.truncate(text[..end].rfind('\n').unwrap_or(end));
        text.push_str("\n\ncut here: the rest is in report.html\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_the_table() {
        assert_eq!(cell("a|b\nc<script>"), "a\\|b c&lt;script>");
    }

    #[test]
    fn a_text_over_the_limit_is_cut_at_a_line_and_says_so() {
        let text = bounded("0123456789 é\n".repeat(100_000));
        assert!(text.len() <= MOST_BYTES + 64);
        assert!(text.ends_with("report.html\n"));
    }
}
