//! `shakedown plan`: what a scenario would do, without doing any of it.

use std::fmt::Write as _;

use harness_model::load::Mix;
use harness_model::{ExitCode, LoadModel, LoadPlan, Plan, Relation};

use crate::args::PlanOptions;
use crate::failure::Failure;
use crate::say;
use crate::sources;

/// Prints the plan of a scenario, in words or as JSON.
///
/// # Errors
/// A usage error with all mistakes of the scenario.
pub fn plan(options: &PlanOptions) -> Result<ExitCode, Failure> {
    let (plan, _) = sources::plan(&options.scenario)?;
    if options.json {
        let json = serde_json::to_string_pretty(&plan)
            .map_err(|error| Failure::bug("print the plan", error))?;
        say::line(json);
    } else {
        say::line(describe(&plan));
    }
    Ok(ExitCode::Pass)
}

/// The plan in words.
fn describe(plan: &Plan) -> String {
    let mut text = format!("{}: {}\n", plan.scenario, plan.purpose);
    text.push_str(&target(plan));
    text.push_str(&load(plan));
    text.push_str(&timeline(plan));
    text.push_str(&budgets(plan));
    text.push_str(&invariants(plan));
    text
}

fn target(plan: &Plan) -> String {
    let mut text = format!(
        "\ntarget     {} ({} runtime, seed {})\n",
        plan.target.shape,
        plan.target.runtime.name(),
        plan.seed.0
    );
    if let Some(url) = &plan.target.url {
        let _ = writeln!(text, "           at {url}");
    }
    for service in &plan.target.definition.services {
        let others: Vec<&str> = service.talks_to().collect();
        let calls = match (&service.image, others.is_empty()) {
            (Some(image), _) => format!("is {}", image.name),
            (None, true) => "calls nobody".to_owned(),
            (None, false) => format!("calls {}", others.join(", ")),
        };
        let _ = writeln!(text, "           {:<14} {calls}", service.name);
    }
    if !plan.proxied.is_empty() {
        let edges: Vec<String> = plan.proxied.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "proxies    {}", edges.join(", "));
    }
    text + &settings(plan)
}

/// The settings that differ from the target's definition.
fn settings(plan: &Plan) -> String {
    let mut text = String::new();
    let defaults = &plan.target.definition.settings;
    for (section, values) in &plan.target.settings {
        for (key, value) in values {
            let default = defaults.get(section).and_then(|values| values.get(key));
            if default != Some(value) {
                let head = if text.is_empty() { "settings" } else { "" };
                let default = default.map_or_else(|| "none".to_owned(), ToString::to_string);
                let _ = writeln!(
                    text,
                    "{head:<10} {section}.{key} = {value} (default {default})"
                );
            }
        }
    }
    text
}

fn load(plan: &Plan) -> String {
    let load = &plan.load;
    let of_what = match load.mix {
        Mix::Journeys { .. } => "visits",
        Mix::Calls { .. } => "calls",
    };
    let mut text = format!("\nload       {:.0} s", load.duration_ns as f64 / 1e9);
    match &load.model {
        LoadModel::Closed { users } => {
            let _ = writeln!(text, ", closed: {users} users that loop");
        }
        LoadModel::Open { arrivals, spacing } => {
            let _ = writeln!(
                text,
                ", open, {} arrivals",
                format!("{spacing:?}").to_lowercase()
            );
            for segment in arrivals {
                let rates = if segment.from_per_s == segment.to_per_s {
                    format!("{:.1}/s", segment.from_per_s)
                } else {
                    format!("{:.1}/s to {:.1}/s", segment.from_per_s, segment.to_per_s)
                };
                let seconds = segment.for_ns as f64 / 1e9;
                let _ = writeln!(text, "           {rates} {of_what} for {seconds:.0} s");
            }
        }
    }
    if let Some(requests) = load.requests {
        let _ = writeln!(text, "           exactly {requests} requests");
    }
    let seconds = |ns: u64| ns as f64 / 1e9;
    let _ = writeln!(
        text,
        "           {} users at most; an answer may take {} s, a visit may begin {} s late",
        match &load.model {
            LoadModel::Closed { users } => *users,
            LoadModel::Open { .. } => load.pool,
        },
        seconds(load.timeout_ns),
        seconds(load.patience_ns)
    );
    text + &mix(load)
}

/// Each journey with its share of the visits, or each call with its count.
fn mix(load: &LoadPlan) -> String {
    let mut text = String::new();
    match &load.mix {
        Mix::Journeys { weights } => {
            let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
            for (name, weight) in weights {
                let journeys = &load.workload.journeys;
                let journey = journeys.iter().find(|one| one.name == *name);
                let steps = journey.map_or(&[][..], |journey| &journey.steps);
                let steps: Vec<&str> = steps.iter().map(|step| step.operation.as_str()).collect();
                let (share, steps) = (weight / all * 100.0, steps.join(" > "));
                let _ = writeln!(text, "           {share:>4.1} % {name}: {steps}");
            }
        }
        Mix::Calls { counts } => {
            for (name, count) in counts {
                let _ = writeln!(text, "           {count:>6} {name}");
            }
        }
    }
    text
}

fn timeline(plan: &Plan) -> String {
    let mut text = String::from("\ntimeline\n");
    for phase in &plan.phases {
        let (from, to) = (phase.from.secs_f64(), phase.to.secs_f64());
        let _ = writeln!(text, "  {from:>6.1} .. {to:>6.1} s  {}", phase.name);
    }
    for fault in &plan.faults {
        let _ = writeln!(
            text,
            "  {:>6.1} s  {} for {:.1} s; needs {}",
            fault.at.secs_f64(),
            chaos_fault::describe(fault),
            fault.for_ns as f64 / 1e9,
            fault.kind.needs().in_words().join(", "),
        );
    }
    text
}

fn budgets(plan: &Plan) -> String {
    let mut text = String::from("\nbudgets\n");
    for budget in &plan.budgets {
        let within = if budget.within.is_empty() {
            "whole run".to_owned()
        } else {
            budget.within.join(", ")
        };
        let bound = if budget.measure.is_floor() {
            ">="
        } else {
            "<="
        };
        let _ = writeln!(
            text,
            "  {} of {} {bound} {} in {within}",
            budget.measure.name(),
            budget.of,
            budget.measure.written(budget.limit),
        );
    }
    text
}

fn invariants(plan: &Plan) -> String {
    let mut text = String::new();
    for invariant in &plan.target.definition.invariants {
        let head = if text.is_empty() {
            "\ninvariants\n"
        } else {
            ""
        };
        let is = match invariant.is {
            Relation::Equal => "==",
            Relation::AtLeast => ">=",
        };
        let _ = writeln!(
            text,
            "{head}  {}: {} {is} {}",
            invariant.name, invariant.left, invariant.right
        );
    }
    text
}
