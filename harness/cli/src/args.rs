//! The command line, as types.
//!
//! Owns names, defaults and help: comments here are what `--help` prints. It must not run anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use shop_app::ShopCommand;

/// Test a system of services under load and faults, and learn what held, what broke and why.
#[derive(Debug, Parser)]
#[command(name = "shakedown", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  shakedown run quickstart            start the shop, send load, inject two faults, report
  shakedown plan quickstart           show what would happen, without starting anything
  shakedown report runs/quickstart-1  write the reports again, from the files of the run

Exit codes: 0 pass, 1 a bug of ours, 2 wrong command line or scenario, 3 inconclusive, 4 the target
did not come up, 99 a budget failed or an invariant is broken, 130 interrupted.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. The harness itself starts the hidden ones.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario: start the target, send load, inject faults, stop everything, write reports.
    ///
    /// The exit code is the verdict. The first Ctrl-C ends the run in order.
    #[command(after_help = "Examples:
  shakedown run quickstart --out runs/q
  shakedown run smoke --set load.duration=20s --set fault.slow-catalog.for=1s
  shakedown run ./checkout.toml --seed 7")]
    Run(RunOptions),
    /// Show what a scenario would start, when, at which rate, and what each fault needs.
    ///
    /// Nothing is started. All mistakes of the scenario are listed with their lines.
    #[command(after_help = "Examples:
  shakedown plan quickstart
  shakedown plan ./checkout.toml --set load.rate=60/s
  shakedown plan quickstart --json > plan.json")]
    Plan(PlanOptions),
    /// Write the reports of a run again, from its files alone.
    ///
    /// A run whose harness was killed gets a report of all that was recorded, marked unfinished.
    /// The exit code is that of the run.
    #[command(after_help = "Example:\n  shakedown report runs/quickstart-1")]
    Report {
        /// The folder of the run.
        #[arg(value_name = "DIR")]
        run: PathBuf,
    },
    /// List the built-in scenarios, or describe what a scenario file may contain.
    #[command(after_help = "Examples:
  shakedown scenarios
  shakedown scenarios --defaults              every default, with what it means
  shakedown scenarios --schema > schema.json  for an editor that checks while you write")]
    Scenarios(ScenariosOptions),
    /// Check what this machine can do: cores, memory, process control, Docker and its images.
    #[command(after_help = "Example:\n  shakedown doctor")]
    Doctor,
    /// Remove what killed runs have left behind: processes, folders, containers and networks.
    ///
    /// A run that was killed is cleaned up within seconds by itself; use this when that did not
    /// happen, for example after a power failure. Runs that still go on are left alone.
    #[command(after_help = "Example:\n  shakedown recover")]
    Recover,
    /// Start the reference shop without a scenario, whole or one process of it.
    #[command(after_help = "Examples:
  shakedown shop up --shape microservices        until Ctrl-C
  shakedown shop up --runtime docker --stores shared-server
  shakedown shop definition --shape monolith")]
    Shop {
        #[command(subcommand)]
        command: Shop,
    },
    /// Serve one process of the calibrated target.
    #[command(hide = true)]
    Fixture(FixtureOptions),
    /// Send the load that the standard input orders.
    #[command(hide = true)]
    Worker,
    /// Check that a URL answers 200, for the health checks of containers.
    #[command(hide = true)]
    Healthy {
        /// Where to ask, as http://host:port/path.
        url: String,
    },
    /// Undo what the standard input names, when the harness is killed.
    #[command(hide = true)]
    Guardian {
        /// The file that keeps what must be undone.
        journal: PathBuf,
    },
}

/// What `run` and `plan` share.
#[derive(Debug, Clone, Args)]
pub struct ScenarioOptions {
    /// A built-in name (see `shakedown scenarios`) or the path of a scenario file.
    pub scenario: String,
    /// Use this seed instead of that of the scenario.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Change one value of the scenario, for example `load.duration=20s`; may be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    pub sets: Vec<(String, String)>,
    /// Where the target runs: process, or docker, with every service in a container of its own
    /// [default: as in the scenario].
    #[arg(long, value_name = "RUNTIME")]
    pub runtime: Option<String>,
}

/// What `run` takes beside a scenario.
#[derive(Debug, Args)]
pub struct RunOptions {
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// The folder of the run, empty or new [default: the first free one of runs/SCENARIO-N].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What `plan` takes beside a scenario.
#[derive(Debug, Args)]
pub struct PlanOptions {
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Print the resolved plan as JSON, as it is kept in the folder of a run.
    #[arg(long)]
    pub json: bool,
}

/// What `scenarios` prints in place of the list.
#[derive(Debug, Args)]
pub struct ScenariosOptions {
    /// Print every default as commented TOML.
    #[arg(long, conflicts_with = "schema")]
    pub defaults: bool,
    /// Print the JSON Schema of a scenario file.
    #[arg(long)]
    pub schema: bool,
}

/// What the shop can do without a scenario.
#[derive(Debug, Subcommand)]
pub enum Shop {
    /// Start the whole shop for tools of your own, until Ctrl-C.
    #[command(after_help = "Examples:
  shakedown shop up --shape monolith --port 8080
  shakedown shop up --otlp http://127.0.0.1:4317 --set resilience.breaker=false")]
    Up(UpOptions),
    /// What the shop does by itself.
    #[command(flatten)]
    Part(ShopCommand),
}

/// A whole shop, by itself: the settings that a scenario would state.
#[derive(Debug, Args)]
pub struct UpOptions {
    /// Which parts of the shop share a process: monolith, or microservices.
    #[arg(long, default_value = "microservices")]
    pub shape: String,
    /// Where the shop runs: process, or docker, with every service in a container of its own.
    #[arg(long, default_value = "process")]
    pub runtime: String,
    /// Where it keeps its data: embedded, server or shared-server [default: as in a scenario].
    #[arg(long)]
    pub stores: Option<String>,
    /// Port of the gateway on 127.0.0.1; the other services take free ports.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The seed of the products, customers and stock.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Send spans to this OTLP endpoint (gRPC), as http://host:port [default: nowhere].
    #[arg(long, default_value = "", hide_default_value = true)]
    pub otlp: String,
    /// Change one setting, for example `resilience.timeout=500ms`; may be repeated.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    pub sets: Vec<(String, String)>,
    /// The folder for the logs of the services.
    #[arg(long, value_name = "DIR", default_value = "runs/shop-logs")]
    pub logs: PathBuf,
}

/// One process of the calibrated target.
#[derive(Debug, Args)]
pub struct FixtureOptions {
    /// Its name in spans and metrics.
    #[arg(long)]
    pub name: String,
    /// Where to listen, as host:port.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Where spans go, as http://host:port (OTLP over gRPC); nowhere when absent.
    #[arg(long)]
    pub otlp: Option<String>,
    /// The process that it calls, as http://host:port; none when absent.
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
