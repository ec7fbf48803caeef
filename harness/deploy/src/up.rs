//! Starts everything in a layout, all at once, and waits until it is ready.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::plan::TargetPlan;
use harness_model::{EventKind, Seed};
use reqwest::Client;
use tokio::sync::mpsc;

use crate::command::Paths;
use crate::deployment::{Deployment, Inner};
use crate::error::DeployError;
use crate::instance::Instance;
use crate::layout::Layout;
use crate::logs;
use crate::network::DeploymentNetwork;
use crate::process::Spawner;
use crate::runtime;
use crate::spec::DeploymentSpec;

/// Prepares, starts and awaits the target. Reports through `events`, also unexpected exits later
/// on. On an error everything that was started is gone.
pub async fn up(
    network: DeploymentNetwork,
    layout: Layout,
    target: &TargetPlan,
    paths: &Paths,
    otlp: &str,
    seed: Seed,
    events: mpsc::UnboundedSender<EventKind>,
) -> Result<Deployment, DeployError> {
    for folder in [&paths.data, &paths.cache, &paths.logs] {
        create(folder)?;
    }
    let spawner = Spawner::start().map_err(|source| DeployError::Spawn {
        service: "the spawner thread".into(),
        source,
    })?;
    let spawner = Arc::new(spawner);
    let spec = DeploymentSpec {
        target,
        layout: &layout,
        paths,
        otlp,
        seed: seed.0,
    };
    runtime::pull_images(&network, &spec, &events).await?;
    if !layout.services.is_empty() && !target.definition.prepare.is_empty() {
        let _ = events.send(EventKind::TargetPreparing);
        prepare(&spec, &network, &spawner).await?;
    }
    let runner = runtime::runner(network, &spec, spawner, &events).await?;
    let services: Vec<_> = layout.services.into_iter().map(Arc::new).collect();
    let instances = services.iter().flat_map(|service| {
        service.instances.iter().map(|instance| {
            let log = paths.logs.join(format!("{}.log", instance.id));
            let (service, events) = (Arc::clone(service), events.clone());
            Arc::new(Instance::new(service, instance.clone(), log, events))
        })
    });
    let deployment = Deployment::new(Inner {
        entry: layout.entry,
        base_url: layout.base_url,
        edges: layout.edges,
        instances: instances.collect(),
        services,
        runner,
        ready_within: Duration::from_nanos(target.ready_within_ns),
        client: Client::new(),
    });
    match start_all(&deployment).await {
        Ok(()) => Ok(deployment),
        Err(error) => {
            deployment.down().await;
            Err(error)
        }
    }
}

/// Databases and brokers first: services that use them would only wait, and seem slow to start.
async fn start_all(deployment: &Deployment) -> Result<(), DeployError> {
    let is_server = |instance: &&Arc<Instance>| instance.service.definition.image.is_some();
    let instances = deployment.instances().iter();
    let (servers, others): (Vec<_>, Vec<_>) = instances.partition(is_server);
    for wave in [servers, others] {
        let since = Instant::now();
        let starting = wave.iter().map(|instance| deployment.start(instance));
        // Waits for all, so that a failure can stop everything that was started.
        let started = futures::future::join_all(starting).await;
        started.into_iter().collect::<Result<Vec<_>, _>>()?;
        let all = wave
            .iter()
            .map(|instance| deployment.await_ready(instance, since));
        futures::future::try_join_all(all).await?;
    }
    Ok(())
}

/// Prepares the data on this machine, whatever the runtime.
async fn prepare(
    spec: &DeploymentSpec<'_>,
    network: &DeploymentNetwork,
    spawner: &Spawner,
) -> Result<(), DeployError> {
    let path = spec.paths.logs.join("prepare.log");
    let log = logs::open(&path)?;
    let failed = |source| DeployError::Spawn {
        service: "the preparation".into(),
        source,
    };
    let values = spec.values(&Paths {
        data: network.prepared_data(&spec.paths.data),
        ..spec.paths.clone()
    });
    let mut command = values.command("the preparation", &spec.target.definition.prepare)?;
    command.stdin(Stdio::null());
    command.stdout(log.try_clone().map_err(failed)?).stderr(log);
    let spawned = spawner.spawn(command, spec.target.nice).await;
    let status = spawned.map_err(failed)?.wait().await.map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(DeployError::Prepare {
            status: status.to_string(),
            tail: logs::tail(&path),
        }),
    }
}

fn create(folder: &Path) -> Result<(), DeployError> {
    std::fs::create_dir_all(folder).map_err(|source| DeployError::File {
        path: folder.into(),
        source,
    })
}
