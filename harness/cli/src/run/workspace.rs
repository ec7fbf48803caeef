//! What a target is started in: a guardian, a private folder and a network; and the start itself.
//!
//! The undo stack and the guardian know of everything before it is made, so nothing is left even
//! when the harness is killed in between.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chaos_inject::Guardian;
use harness_deploy::{DeployError, Deployment, DeploymentNetwork, Layout, Paths};
use harness_model::{EventKind, Plan};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep, timeout};

use crate::failure::Failure;
use crate::places;
use crate::undo::UndoStack;

/// The last events of a target that is down arrive within this time.
const LAST_EVENTS: Duration = Duration::from_secs(1);
/// The private folder can be removed within this time.
const REMOVE_WITHIN: Duration = Duration::from_secs(2);
const REMOVE_PAUSE: Duration = Duration::from_millis(20);

/// Where one target is started.
pub struct RunWorkspace {
    /// The shakedown binary.
    pub exe: PathBuf,
    /// Private to this run.
    data: PathBuf,
    guardian: Arc<Guardian>,
    network: DeploymentNetwork,
}

impl RunWorkspace {
    /// Starts the guardian, names the private folder and creates the network.
    ///
    /// # Errors
    /// When the guardian cannot be started or instructed, or the runtime has no usable engine.
    pub async fn create(plan: &Plan, undo: &mut UndoStack) -> Result<RunWorkspace, Failure> {
        let exe = std::env::current_exe()
            .map_err(|error| Failure::bug("find the path of this program", error))?;
        let name = unique_name();
        let guardian = Arc::new(guardian(&exe, &name)?);
        let last = Arc::clone(&guardian);
        // A guardian that is not dismissed tries again to undo what is left behind.
        undo.when_clean(move || {
            if let Some(guardian) = Arc::into_inner(last) {
                drop(guardian.done());
            }
        });
        let unguarded = |error| Failure::bug("guard the run", error);
        let data = std::env::temp_dir().join(&name);
        guardian.remove_dir(&data).map_err(unguarded)?;
        let folder = data.clone();
        undo.push(move || remove(folder));
        let runtime = plan.target.runtime;
        let kept = DeploymentNetwork::clean_up_name(runtime, &name);
        if let Some(run) = kept {
            guardian.clean_up(run).map_err(unguarded)?;
        }
        let kept = kept.map(str::to_owned);
        undo.push(move || clean_up(kept));
        let network = DeploymentNetwork::create(runtime, &name).await;
        if let Err(DeployError::NoEngine(_)) = network {
            // Nothing can have been made.
            undo.pop();
        }
        Ok(RunWorkspace {
            exe,
            data,
            guardian,
            network: network.map_err(|error| down(&error))?,
        })
    }

    /// The address of this machine that the target will call.
    pub fn host(&self) -> IpAddr {
        self.network.host()
    }

    /// The second process, which undoes everything when this one is killed.
    pub fn guardian(&self) -> Arc<Guardian> {
        Arc::clone(&self.guardian)
    }

    /// Chooses an address for every instance and every proxy of the plan.
    ///
    /// # Errors
    /// When the target cannot be laid out in this runtime, or no port is free.
    pub fn layout(&self, plan: &Plan) -> Result<Layout, Failure> {
        Layout::plan(&plan.target, &plan.proxied, plan.seed, &self.network)
            .map_err(|error| down(&error))
    }

    /// Starts the target and waits until it is ready. Its events go to `on_event`, and the guardian
    /// watches over each of its processes. `otlp` is the endpoint for its spans.
    ///
    /// # Errors
    /// When the target is not ready in time, with the reason.
    pub async fn start(
        self,
        plan: &Plan,
        layout: Layout,
        otlp: &str,
        logs: &Path,
        mut on_event: impl FnMut(EventKind) + Send + 'static,
        undo: &mut UndoStack,
    ) -> Result<Deployment, Failure> {
        let paths = Paths {
            exe: self.exe,
            data: self.data,
            cache: places::cache(),
            logs: logs.to_path_buf(),
            settings: places::settings(),
        };
        let (send, mut events) = unbounded_channel();
        let guardian = self.guardian;
        let relay = tokio::spawn(async move {
            while let Some(what) = events.recv().await {
                if let EventKind::ServiceStarted { instance, pid, .. } = &what {
                    drop(guardian.watch(instance.as_str(), *pid));
                }
                on_event(what);
            }
        });
        let (network, target, seed) = (self.network, &plan.target, plan.seed);
        let started = harness_deploy::up(network, layout, target, &paths, otlp, seed, send).await;
        let deployment = match started {
            Ok(deployment) => deployment,
            Err(error) => {
                drop(timeout(LAST_EVENTS, relay).await);
                return Err(down(&error));
            }
        };
        // The network goes down with the deployment on it.
        undo.pop();
        undo.push(move || async move {
            drop(timeout(LAST_EVENTS, relay).await);
            Vec::new()
        });
        let up = deployment.clone();
        undo.push(move || async move { up.down().await });
        Ok(deployment)
    }
}

fn guardian(exe: &Path, name: &str) -> Result<Guardian, Failure> {
    let journals = places::journals();
    std::fs::create_dir_all(&journals)
        .map_err(|error| Failure::bug(&format!("make {}", journals.display()), error))?;
    Guardian::start(exe, &journals.join(format!("{name}.journal")))
        .map_err(|error| Failure::bug("guard the run", error))
}

/// Removes a folder to which a process that was just killed may still write.
async fn remove(folder: PathBuf) -> Vec<String> {
    let deadline = Instant::now() + REMOVE_WITHIN;
    loop {
        match std::fs::remove_dir_all(&folder) {
            Err(_) if folder.exists() && Instant::now() < deadline => sleep(REMOVE_PAUSE).await,
            Err(error) if folder.exists() => {
                return vec![format!("{} ({error})", folder.display())];
            }
            _ => return Vec::new(),
        }
    }
}

/// Removes what a container engine keeps of a run that has no deployment.
async fn clean_up(run: Option<String>) -> Vec<String> {
    let Some(run) = run else { return Vec::new() };
    let name = run.clone();
    let cleaned = tokio::task::spawn_blocking(move || harness_deploy::clean_up(&run)).await;
    match cleaned {
        Ok((_, true)) => Vec::new(),
        _ => vec![format!("containers and networks of {name}")],
    }
}

/// Unlike that of any other run on this machine: a pid is used again, but not in the same moment.
fn unique_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.unwrap_or_default().as_millis();
    format!("shakedown-{}-{millis:x}", std::process::id())
}

fn down(error: &DeployError) -> Failure {
    Failure::target(format!("the target did not come up: failed to {error}"))
}
