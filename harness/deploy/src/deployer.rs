//! Starts everything a layout says, in parallel, and waits until it is ready.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::plan::TargetPlan;
use harness_model::{Happening, Seed};
use reqwest::Client;
use tokio::sync::mpsc;

use crate::command::{Paths, Values};
use crate::deployment::{Deployment, Inner};
use crate::error::DeployError;
use crate::layout::Layout;
use crate::logs;
use crate::service::Service;
use crate::spawner::Spawner;

/// Services as processes of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessDeployer;

impl ProcessDeployer {
    /// Prepares, starts and awaits the target. What happens is told through `news`, later exits
    /// that nobody asked for included. On an error everything that was started is gone.
    pub async fn up(
        layout: Layout,
        target: &TargetPlan,
        paths: &Paths,
        otlp: &str,
        seed: Seed,
        news: mpsc::UnboundedSender<Happening>,
    ) -> Result<Deployment, DeployError> {
        for folder in [&paths.data, &paths.cache, &paths.logs] {
            create(folder)?;
        }
        let settings = serde_json::to_string(&target.settings).unwrap_or_default();
        let spawner = Spawner::start().map_err(|source| DeployError::Spawn {
            service: "the spawner thread".into(),
            source,
        })?;
        let with_log = |service: crate::layout::ServiceLayout| {
            let log = paths.logs.join(format!("{}.log", service.definition.name));
            Arc::new(Service::new(service, log))
        };
        let deployment = Deployment::new(Inner {
            entry: layout.entry,
            base_url: layout.base_url,
            edges: layout.edges,
            services: layout.services.into_iter().map(with_log).collect(),
            values: Values::new(paths, otlp, seed.0, settings),
            niceness: target.nice,
            ready_within: Duration::from_nanos(target.ready_within_ns),
            spawner,
            client: Client::new(),
            news,
        });
        if deployment.services().is_empty() {
            return Ok(deployment);
        }
        match bring_up(&deployment, target, paths).await {
            Ok(()) => Ok(deployment),
            Err(error) => {
                deployment.down().await;
                Err(error)
            }
        }
    }
}

async fn bring_up(
    deployment: &Deployment,
    target: &TargetPlan,
    paths: &Paths,
) -> Result<(), DeployError> {
    deployment
        .prepare(&target.definition.prepare, paths)
        .await?;
    let since = Instant::now();
    for service in deployment.services() {
        deployment.start(service).await?;
    }
    let all = deployment
        .services()
        .iter()
        .map(|service| deployment.await_ready(service, since));
    futures::future::try_join_all(all).await?;
    Ok(())
}

impl Deployment {
    async fn prepare(&self, words: &[String], paths: &Paths) -> Result<(), DeployError> {
        if words.is_empty() {
            return Ok(());
        }
        self.tell(Happening::TargetPreparing);
        let path = paths.logs.join("prepare.log");
        let log = logs::open(&path)?;
        let failed = |source| DeployError::Spawn {
            service: "the preparation".into(),
            source,
        };
        let mut command = self.values().command("the preparation", words)?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let mut child = self.spawn(command).await.map_err(failed)?;
        let status = child.wait().await.map_err(failed)?;
        match status.success() {
            true => Ok(()),
            false => Err(DeployError::Prepare {
                status: status.to_string(),
                tail: logs::tail(&path),
            }),
        }
    }
}

fn create(folder: &Path) -> Result<(), DeployError> {
    std::fs::create_dir_all(folder).map_err(|source| DeployError::File {
        path: folder.into(),
        source,
    })
}
