//! `shakedown plan`: what a scenario would do, without doing any of it.

use std::fmt::Write as _;

use harness_model::workload::Journey;
use harness_model::{ExitCode, LoadModel, Plan};

use crate::args::PlanOptions;
use crate::failure::Failure;
use crate::sources;

#[expect(clippy::print_stdout, reason = "the command line speaks here")]
pub fn plan(options: &PlanOptions) -> Result<ExitCode, Failure> {
    let (plan, _) = sources::plan(&options.scenario)?;
    if options.json {
        let json = serde_json::to_string_pretty(&plan)
            .map_err(|error| Failure::bug("print the plan", error))?;
        println!("{json}");
    } else {
        println!("{}", describe(&plan));
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
        let calls = if service.calls.is_empty() {
            "nobody".to_owned()
        } else {
            service.calls.join(", ")
        };
        let _ = writeln!(text, "           {:<14} calls {calls}", service.name);
    }
    if !plan.proxied.is_empty() {
        let edges: Vec<String> = plan.proxied.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "proxies    {}", edges.join(", "));
    }
    text
}

fn load(plan: &Plan) -> String {
    let load = &plan.load;
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
                let _ = writeln!(text, "           {rates} for {seconds:.0} s");
            }
        }
    }
    if let Some(requests) = load.requests {
        let _ = writeln!(text, "           exactly {requests} requests");
    }
    for Journey { name, steps } in &load.workload.journeys {
        let operations: Vec<&str> = steps.iter().map(|step| step.operation.as_str()).collect();
        let _ = writeln!(text, "           {name}: {}", operations.join(" > "));
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
            "  {:>6.1} s  {} of {} for {:.1} s; needs {}",
            fault.at.secs_f64(),
            fault.kind.name(),
            fault.target,
            fault.for_ns as f64 / 1e9,
            chaos_fault::needs(&fault.kind)
                .missing_from(Default::default())
                .join(", "),
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
            "  {} of {} {bound} {} {} in {within}",
            budget.measure.name(),
            budget.of,
            budget.limit,
            budget.measure.unit(),
        );
    }
    text
}
