//! `shakedown shop`: the reference shop without a scenario.

use std::sync::Arc;

use harness_deploy::{Deployment, Layout, Paths};
use harness_model::{EventKind, ExitCode, Plan};
use tokio::sync::mpsc::unbounded_channel;

use crate::args::{Shop, UpOptions};
use crate::failure::Failure;
use crate::run::{RunWorkspace, signalled};
use crate::{places, sources};

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
    let RunWorkspace {
        exe,
        data,
        guardian,
        network,
    } = RunWorkspace::lay(&plan).await?;
    let paths = Paths {
        exe,
        data: data.clone(),
        cache: places::cache(),
        logs: options.logs.clone(),
        settings: places::settings(),
    };
    let layout = Layout::plan(&plan.target, &[], plan.seed, &network).map_err(Failure::target)?;
    let (tell, mut told) = unbounded_channel();
    let watching = Arc::clone(&guardian);
    tokio::spawn(async move {
        while let Some(what) = told.recv().await {
            if let EventKind::ServiceStarted { instance, pid, .. } = what {
                drop(watching.watch(instance.as_str(), pid));
            }
        }
    });
    let (target, otlp) = (&plan.target, &options.otlp);
    let starting = harness_deploy::up(network, layout, target, &paths, otlp, plan.seed, tell);
    let outcome = tokio::select! {
        started = starting => match started {
            Ok(deployment) => {
                announce(&deployment, options);
                signalled().await;
                Ok((ExitCode::Pass, deployment.down().await))
            }
            Err(error) => Err(Failure::target(format!("the shop did not come up: {error}"))),
        },
        _ = signalled() => Ok((ExitCode::Interrupted, Vec::new())),
    };
    drop(std::fs::remove_dir_all(&data));
    let (code, left) = outcome?;
    if left.is_empty() {
        return Ok(code);
    }
    Err(Failure::bug("end the shop", format!("{left:?} is left")))
}

#[expect(
    clippy::print_stdout,
    reason = "the answer goes to the standard output"
)]
fn announce(deployment: &Deployment, options: &UpOptions) {
    let topology = deployment.topology();
    println!("The shop is up at {}/v1/home", topology.base_url);
    println!(
        "{0}/openapi.json says what it can do; Ctrl-C ends it.\n",
        topology.base_url
    );
    for (_, instance) in topology.instances() {
        println!("  {:<14} {}", instance.id, instance.address);
    }
    println!("\nLogs are in {}.", options.logs.display());
}
