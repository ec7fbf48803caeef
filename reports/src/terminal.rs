//! Ten lines for the terminal: the verdict, what broke, and the first suspects.
//!
//! Plain text without colours.

use harness_model::report::{FaultReport, InvariantResult, Report};
use harness_model::{Verdict, report::Validity};

use crate::{number, words};

const LINES: usize = 10;
const BUDGETS: usize = 3;
const FAULTS: usize = 3;
const INVARIANTS: usize = 3;

/// At most ten lines, joined by line feeds, of at most `width` characters each; a width below forty
/// counts as forty.
pub fn terminal_summary(report: &Report, width: usize) -> String {
    let width = width.max(40);
    let schedule = words::short_schedule(report).map(|short| format!("  {short}"));
    let mut lines = vec![format!(
        "{}  {}{} ({})",
        words::verdict(report.verdict),
        report.run.scenario,
        schedule.unwrap_or_default(),
        words::setting(&report.run)
    )];
    let invariants = invariant_lines(&report.invariants);
    let others = 2
        + invariants.len()
        + budget_lines(report, BUDGETS).len()
        + report.faults.len().min(FAULTS);
    let rows = LINES.saturating_sub(others).clamp(2, 4);
    lines.extend(wrap(&words::summary(report), width, rows));
    if report.verdict == Verdict::Inconclusive {
        // The summary states the first one.
        lines.extend(
            words::reasons(report)
                .iter()
                .skip(1)
                .take(1)
                .map(|reason| format!("  and because {reason}")),
        );
    }
    let others = lines.len() + 2 + invariants.len() + report.faults.len().min(FAULTS);
    let room = LINES.saturating_sub(others).clamp(1, BUDGETS);
    lines.extend(budget_lines(report, room));
    lines.extend(invariants);
    lines.push(load_line(report));
    let room = LINES.saturating_sub(lines.len());
    lines.extend(fault_lines(&report.faults, room));
    lines
        .iter()
        .take(LINES)
        .map(|line| words::clip(line, width))
        .collect::<Vec<_>>()
        .join("\n")
}

fn budget_lines(report: &Report, room: usize) -> Vec<String> {
    let broken: Vec<_> = words::worst_first(&report.budgets)
        .into_iter()
        .filter(|budget| budget.verdict != Verdict::Pass)
        .collect();
    let mut lines = vec![format!("budgets     {}", words::tally(report))];
    lines.extend(broken.iter().take(room).map(|budget| {
        let (word, of, within) = (
            words::budget_verdict(budget.verdict),
            &budget.of,
            words::within(budget),
        );
        format!("  {word}: {of} in {within}: {}", words::observation(budget))
    }));
    lines
}

/// One line for all that hold, or one for each that does not.
fn invariant_lines(invariants: &[InvariantResult]) -> Vec<String> {
    let not_held: Vec<_> = invariants
        .iter()
        .filter(|invariant| invariant.holds != Ok(true))
        .collect();
    if not_held.is_empty() {
        let line = (!invariants.is_empty())
            .then(|| format!("invariants  {}", words::invariants(invariants)));
        return line.into_iter().collect();
    }
    let line = |invariant: &&InvariantResult| {
        let (_, word) = words::invariant_verdict(invariant);
        let why = words::invariant_reason(invariant);
        format!("invariant   {word}: {}: {why}", invariant.name)
    };
    not_held.iter().take(INVARIANTS).map(line).collect()
}

fn load_line(report: &Report) -> String {
    let load = &report.load;
    let is_behind = words::short_schedule(report).is_some();
    let validity = match load.validity {
        Validity::Valid if is_behind => "SCHEDULE NOT KEPT",
        Validity::Valid => "on time",
        Validity::Invalid => "NOT VALID",
    };
    let (ok, failed) = (number::count(load.ok), number::count(load.failed));
    let counts = match (load.scheduled, load.dropped, load.cancelled) {
        (Some(scheduled), Some(dropped), Some(cancelled)) => format!(
            "{} due: {ok} ok, {failed} failed, {} not sent, {} cancelled",
            number::count(scheduled),
            number::count(dropped),
            number::count(cancelled)
        ),
        // Only the load worker knows these, and it states them at the end of the load.
        _ => format!(
            "{} sent: {ok} ok, {failed} failed",
            number::count(load.sent)
        ),
    };
    let unbuilt = match load.unbuilt {
        Some(unbuilt) if unbuilt > 0 => format!(", {} not built", number::count(unbuilt)),
        _ => String::new(),
    };
    match load.sent {
        0 => "load        no request was sent".to_owned(),
        _ => format!(
            "load        {counts}{unbuilt}; {validity} (p99 {} late)",
            number::ms(load.lateness_p99_ms)
        ),
    }
}

fn fault_lines(faults: &[FaultReport], room: usize) -> Vec<String> {
    let shown = if faults.len() > room {
        room.saturating_sub(1)
    } else {
        faults.len()
    };
    let mut lines: Vec<_> = faults.iter().take(shown).map(fault_line).collect();
    if shown < faults.len() && room > 0 {
        lines.push(format!(
            "faults      {} more in the report",
            faults.len() - shown
        ));
    }
    lines
}

fn fault_line(fault: &FaultReport) -> String {
    let suspect = fault
        .suspects
        .first()
        .map_or_else(|| "nobody".to_owned(), words::suspect);
    let level = match fault.detection_s {
        None if fault.injected_s.is_none() => "never on".to_owned(),
        None => "level kept".to_owned(),
        Some(_) => format!(
            "back after {}, lost {}",
            number::bounded(fault.recovery_s, fault.censored),
            number::plain(fault.lost)
        ),
    };
    let harmed = match fault.harmed.as_slice() {
        [] => String::new(),
        [one] => format!(", harmed {}", one.operation),
        [one, rest @ ..] => format!(", harmed {} and {} more", one.operation, rest.len()),
    };
    format!(
        "fault       {}: {suspect} suspected, {level}{harmed}",
        fault.name
    )
}

/// Breaks at spaces into at most `rows` lines; the last one keeps the rest. The space between a
/// number and its unit is none to break at.
fn wrap(text: &str, width: usize, rows: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let full = lines.len() == rows;
        match lines.last_mut() {
            Some(line) if full || line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn wrapping_keeps_every_word_and_the_row_limit() {
        let text = "one two three four five six";
        let lines = wrap(text, 9, 2);
        assert_eq!(lines, ["one two", "three four five six"]);
        assert_eq!(lines.join(" "), text);
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        let lines = wrap("back after 3.0\u{202f}s again", 14, 3);
        assert_eq!(lines, ["back after", "3.0\u{202f}s again"]);
    }
}
