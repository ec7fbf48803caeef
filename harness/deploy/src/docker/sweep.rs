//! Removes whatever carries the label of a run: the last resort of every way out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use crate::docker::{RUN, engine};

/// The engine may still be making what a dead harness had asked it for.
const QUIET: Duration = Duration::from_secs(1);

/// It must be done by then.
const LIMIT: Duration = Duration::from_secs(8);

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// What a look found and could or could not remove.
#[derive(Debug, Default)]
pub struct Swept {
    pub removed: Vec<String>,
    pub left: Vec<String>,
}

/// Removes the containers, network and volumes of a run whose harness is gone, until nothing of it
/// has appeared for a while; the names of what was removed, and whether it came to that. For a
/// process without a runtime.
pub fn sweep(run: &str) -> (Vec<String>, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return (Vec::new(), false);
    };
    runtime.block_on(async {
        let mut removed = Vec::new();
        let Ok(docker) = engine().await else {
            return (removed, false);
        };
        let (begun, mut last_seen) = (Instant::now(), Instant::now());
        while last_seen.elapsed() < QUIET && begun.elapsed() < LIMIT {
            let swept = look(&docker, run).await;
            if !(swept.removed.is_empty() && swept.left.is_empty()) {
                last_seen = Instant::now();
            }
            removed.extend(swept.removed);
            tokio::time::sleep(LOOK).await;
        }
        (removed, last_seen.elapsed() >= QUIET)
    })
}

/// Removes what there is now, containers first: a network or volume in use cannot go.
pub async fn look(docker: &Docker, run: &str) -> Swept {
    let of_run = HashMap::from([("label", vec![format!("{RUN}={run}")])]);
    let mut swept = Swept::default();
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&of_run);
    match docker.list_containers(Some(options.build())).await {
        Ok(found) => {
            let names = found.into_iter().map(|one| {
                let name = one.names.and_then(|names| names.into_iter().next());
                let name = name.map(|name| name.trim_start_matches('/').to_owned());
                name.or(one.id).unwrap_or_default()
            });
            let removals = names.map(|name| remove(docker, name));
            for (name, gone) in futures::future::join_all(removals).await {
                swept.note(name, gone);
            }
        }
        Err(error) => swept.left.push(format!("containers of {run} ({error})")),
    }
    let options = ListNetworksOptionsBuilder::new().filters(&of_run);
    match docker.list_networks(Some(options.build())).await {
        Ok(found) => {
            for name in found.into_iter().filter_map(|network| network.name) {
                let gone = docker.remove_network(&name).await.is_ok();
                swept.note(format!("network {name}"), gone);
            }
        }
        Err(error) => swept.left.push(format!("the network of {run} ({error})")),
    }
    let options = ListVolumesOptionsBuilder::new().filters(&of_run);
    match docker.list_volumes(Some(options.build())).await {
        Ok(found) => {
            for volume in found.volumes.unwrap_or_default() {
                let options = RemoveVolumeOptionsBuilder::new().force(true).build();
                let gone = docker.remove_volume(&volume.name, Some(options)).await;
                swept.note(format!("volume {}", volume.name), gone.is_ok());
            }
        }
        Err(error) => swept.left.push(format!("the volumes of {run} ({error})")),
    }
    swept
}

impl Swept {
    fn note(&mut self, name: String, gone: bool) {
        match gone {
            true => self.removed.push(name),
            false => self.left.push(name),
        }
    }
}

/// By force, also when it is paused, and with the volumes that nobody named.
async fn remove(docker: &Docker, name: String) -> (String, bool) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true);
    let removed = docker.remove_container(&name, Some(options.build())).await;
    (name, removed.is_ok())
}
