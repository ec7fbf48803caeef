//! The command line, as types.
//!
//! Owns names, defaults and help. It must not run anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use shop_app::ShopCommand;

/// Load, chaos and answers: drive a system, break it, and learn what held and why.
#[derive(Debug, Parser)]
#[command(name = "shakedown", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  shakedown run quickstart            bring up the shop, drive it, break it, report
  shakedown plan quickstart           what would happen, without starting anything
  shakedown report runs/quickstart-1  rebuild every report from a run's files

Exit codes: 0 pass, 1 bug, 2 usage or scenario error, 3 inconclusive, 4 target did not come up,
99 a budget failed or an invariant is broken, 130 interrupted.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario: target up, load, faults, target down, reports, verdict.
    #[command(after_help = "Examples:
  shakedown run quickstart --out runs/q
  shakedown run smoke --set load.duration=20s --set fault.slow-catalog.for=1s
  shakedown run ./checkout.toml --seed 7")]
    Run(RunOptions),
    /// Show what a scenario would start, when, at which rate, and what each fault needs.
    #[command(after_help = "Example:\n  shakedown plan quickstart --json > plan.json")]
    Plan(PlanOptions),
    /// Rebuild the reports of a run from its files alone.
    ///
    /// A run whose harness was killed gets a report of all that was recorded, marked unfinished.
    #[command(after_help = "Example:\n  shakedown report runs/q")]
    Report {
        /// The run folder.
        run: PathBuf,
    },
    /// List the built-in scenarios, or describe what a scenario file may contain.
    #[command(after_help = "Examples:
  shakedown scenarios
  shakedown scenarios --defaults              every default, with what it means
  shakedown scenarios --schema > schema.json  for an editor that checks while you write")]
    Scenarios(ScenariosOptions),
    /// Check what this machine can do.
    #[command(after_help = "Example:\n  shakedown doctor")]
    Doctor,
    /// Undo what a dead run left behind.
    #[command(after_help = "Example:\n  shakedown recover")]
    Recover,
    /// The reference shop alone.
    #[command(after_help = "Examples:
  shakedown shop up --shape microservices        until Ctrl-C
  shakedown shop up --runtime docker --stores shared-server
  shakedown shop definition --shape monolith")]
    Shop {
        #[command(subcommand)]
        command: Shop,
    },
    /// One process of the calibrated target.
    #[command(hide = true)]
    Fixture(FixtureOptions),
    /// The load worker.
    #[command(hide = true)]
    Worker,
    /// Checks that a URL answers 200, for the health checks of containers.
    #[command(hide = true)]
    Healthy { url: String },
    /// Undoes faults and ends processes when the harness is killed.
    #[command(hide = true)]
    Guardian { journal: PathBuf },
}

/// What `run` and `plan` share.
#[derive(Debug, Clone, Args)]
pub struct ScenarioOptions {
    /// A built-in name (see `shakedown scenarios`) or the path of a scenario file.
    pub scenario: String,
    /// Use this seed instead of the scenario's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Change one value of the scenario, for example `load.duration=20s`. Repeatable.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub sets: Vec<(String, String)>,
    /// Where the target runs: process, or docker (every service in a container of its own).
    #[arg(long, value_name = "RUNTIME")]
    pub runtime: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunOptions {
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// The run folder; default `runs/<scenario>-<n>`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PlanOptions {
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Print the resolved plan as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ScenariosOptions {
    /// Print every default as commented TOML.
    #[arg(long, conflicts_with = "schema")]
    pub defaults: bool,
    /// Print the JSON Schema of a scenario file.
    #[arg(long)]
    pub schema: bool,
}

#[derive(Debug, Subcommand)]
pub enum Shop {
    /// Bring the whole shop up for other tools, until Ctrl-C.
    #[command(after_help = "Examples:
  shakedown shop up --shape monolith --port 8080
  shakedown shop up --otlp http://127.0.0.1:4317 --set resilience.breaker=false")]
    Up(UpOptions),
    #[command(flatten)]
    Part(ShopCommand),
}

#[derive(Debug, Args)]
pub struct UpOptions {
    #[arg(long, default_value = "microservices")]
    pub shape: String,
    /// Where the shop runs: process, or docker (every service in a container of its own).
    #[arg(long, default_value = "process")]
    pub runtime: String,
    /// Where it keeps its data: embedded, server or shared-server; default as in a scenario.
    #[arg(long)]
    pub stores: Option<String>,
    /// Port of the gateway on 127.0.0.1; the other services take free ports.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Send spans to this OTLP endpoint (gRPC), as http://host:port; default: nowhere.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub otlp: String,
    /// Change one setting, for example `resilience.timeout=500ms`. Repeatable.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    pub sets: Vec<(String, String)>,
    /// The folder for the logs of the services.
    #[arg(long, value_name = "DIR", default_value = "runs/shop-logs")]
    pub logs: PathBuf,
}

#[derive(Debug, Args)]
pub struct FixtureOptions {
    #[arg(long)]
    pub name: String,
    #[arg(long)]
    pub listen: SocketAddr,
    #[arg(long)]
    pub otlp: Option<String>,
    #[arg(long)]
    pub back: Option<String>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected PATH=VALUE, for example load.duration=20s".to_owned()),
    }
}
