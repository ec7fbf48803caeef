//! Removes everything that carries the label of a run: the last resort of every way out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use crate::docker::engine;
use crate::docker::labels::RUN;

/// Nothing new may appear for this long: the engine may still execute requests of a dead harness.
const QUIET_PERIOD: Duration = Duration::from_secs(1);

/// Limit of the whole clean-up.
const LIMIT: Duration = Duration::from_secs(8);

/// Pause between two passes.
const PAUSE: Duration = Duration::from_millis(100);

/// The result of one pass.
#[derive(Debug, Default)]
pub struct Removal {
    pub removed: Vec<String>,
    /// What could not be removed.
    pub left: Vec<String>,
}

/// Removes the containers, network and volumes of a run whose harness is gone, until nothing new
/// appears. Returns the names of what was removed, and whether nothing is left. Starts an async
/// runtime of its own, so call it outside of one.
pub fn clean_up(run: &str) -> (Vec<String>, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return (Vec::new(), false);
    };
    runtime.block_on(async {
        let mut removed = Vec::new();
        let Ok(docker) = engine::connect().await else {
            return (removed, false);
        };
        let (begun, mut last_seen) = (Instant::now(), Instant::now());
        while last_seen.elapsed() < QUIET_PERIOD && begun.elapsed() < LIMIT {
            let pass = remove_all(&docker, run).await;
            if !(pass.removed.is_empty() && pass.left.is_empty()) {
                last_seen = Instant::now();
            }
            removed.extend(pass.removed);
            tokio::time::sleep(PAUSE).await;
        }
        (removed, last_seen.elapsed() >= QUIET_PERIOD)
    })
}

/// One pass: containers first, because a network or volume in use cannot be removed.
pub async fn remove_all(docker: &Docker, run: &str) -> Removal {
    let of_run = HashMap::from([("label", vec![format!("{RUN}={run}")])]);
    let mut pass = Removal::default();
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
            let removals = names.map(|name| remove_container(docker, name));
            for (name, gone) in futures::future::join_all(removals).await {
                pass.note(name, gone);
            }
        }
        Err(error) => pass.left.push(format!("containers of {run} ({error})")),
    }
    let options = ListNetworksOptionsBuilder::new().filters(&of_run);
    match docker.list_networks(Some(options.build())).await {
        Ok(found) => {
            for name in found.into_iter().filter_map(|network| network.name) {
                let gone = docker.remove_network(&name).await.is_ok();
                pass.note(format!("network {name}"), gone);
            }
        }
        Err(error) => pass.left.push(format!("the network of {run} ({error})")),
    }
    let options = ListVolumesOptionsBuilder::new().filters(&of_run);
    match docker.list_volumes(Some(options.build())).await {
        Ok(found) => {
            for volume in found.volumes.unwrap_or_default() {
                let options = RemoveVolumeOptionsBuilder::new().force(true).build();
                let gone = docker.remove_volume(&volume.name, Some(options)).await;
                pass.note(format!("volume {}", volume.name), gone.is_ok());
            }
        }
        Err(error) => pass.left.push(format!("the volumes of {run} ({error})")),
    }
    pass
}

impl Removal {
    fn note(&mut self, name: String, gone: bool) {
        match gone {
            true => self.removed.push(name),
            false => self.left.push(name),
        }
    }
}

/// Forced, so that it also removes a paused container, together with its anonymous volumes.
async fn remove_container(docker: &Docker, name: String) -> (String, bool) {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true);
    let removed = docker.remove_container(&name, Some(options.build())).await;
    (name, removed.is_ok())
}
