//! `shakedown shop`: the reference shop without a scenario.
//!
//! It is brought up and taken down like the target of a run. It must not know the services.

use harness_deploy::Deployment;
use harness_model::{ExitCode, Plan};

use crate::args::{Shop, UpOptions};
use crate::failure::Failure;
use crate::run::{RunWorkspace, signalled};
use crate::say;
use crate::sources;
use crate::undo::{UndoStack, with_undo};

/// Brings the shop up until Ctrl-C, or does what the shop's own command asks for.
///
/// # Errors
/// When it did not come up, or something is left behind that must be named.
pub fn shop(command: Shop) -> Result<ExitCode, Failure> {
    match command {
        Shop::Part(part) => shop_app::run(part)
            .map(|()| ExitCode::Pass)
            .map_err(Failure::target),
        Shop::Up(options) => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::bug("start the runtime", error))?
            .block_on(up(&options)),
    }
}

/// A scenario without a load, so that settings are read and checked as in any other.
fn plan(options: &UpOptions) -> Result<Plan, Failure> {
    let stores = options.stores.as_ref();
    let stores = stores.map_or(String::new(), |stores| format!("stores = {stores:?}\n"));
    let text = format!(
        "format = 1\nname = \"shop\"\n[target]\nshape = {:?}\nruntime = {:?}\n{stores}\
         [load]\nworkload = \"shop\"\nmix = \"browsing\"\nrate = \"1/s\"\nduration = \"1s\"\n",
        options.shape, options.runtime
    );
    let below_target = |(path, value): &(String, String)| (format!("target.{path}"), value.clone());
    let sets: Vec<_> = options.sets.iter().map(below_target).collect();
    let mut plan = sources::plan_text("shop up", &text, &sets, Some(options.seed))?;
    let definition = &mut plan.target.definition;
    for service in &mut definition.services {
        if service.name == definition.entry {
            service.port = Some(options.port);
        }
    }
    Ok(plan)
}

async fn up(options: &UpOptions) -> Result<ExitCode, Failure> {
    let plan = plan(options)?;
    let (outcome, left) = with_undo(async |undo| until_signalled(&plan, options, undo).await).await;
    let left = left.join(", ");
    match outcome {
        outcome if left.is_empty() => outcome,
        Ok(_) => Err(Failure::bug("end the shop", format!("{left} is left"))),
        Err(failure) => Err(Failure {
            message: format!("{}\nleft behind: {left}", failure.message),
            ..failure
        }),
    }
}

async fn until_signalled(
    plan: &Plan,
    options: &UpOptions,
    undo: &mut UndoStack,
) -> Result<ExitCode, Failure> {
    let starting = async {
        let workspace = RunWorkspace::create(plan, undo).await?;
        let layout = workspace.layout(plan)?;
        workspace
            .start(plan, layout, &options.otlp, &options.logs, drop, undo)
            .await
    };
    tokio::select! {
        started = starting => announce(&started?, options),
        _ = signalled() => return Ok(ExitCode::Interrupted),
    }
    signalled().await;
    Ok(ExitCode::Pass)
}

fn announce(deployment: &Deployment, options: &UpOptions) {
    let topology = deployment.topology();
    say::line(format_args!(
        "The shop is up at {}/v1/home",
        topology.base_url
    ));
    say::line(format_args!(
        "{0}/openapi.json describes its API; Ctrl-C ends it.\n",
        topology.base_url
    ));
    for (_, instance) in topology.instances() {
        say::line(format_args!("  {:<14} {}", instance.id, instance.address));
    }
    say::line(format_args!("\nLogs are in {}.", options.logs.display()));
}
