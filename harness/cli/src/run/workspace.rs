//! What a target needs before any of it is there: a guardian, a private folder and network to stand
//! on.
//!
//! The guardian comes first and is told of everything before it is made, so that a harness that
//! dies in between leaves nothing.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chaos_inject::Guardian;
use harness_deploy::{DeployError, DeploymentNetwork};
use harness_model::Plan;

use crate::failure::Failure;
use crate::places;

/// Made for one target. Dropped before the target is up, the guardian undoes it.
pub struct RunWorkspace {
    pub exe: PathBuf,
    /// Private to this run.
    pub data: PathBuf,
    pub guardian: Arc<Guardian>,
    pub network: DeploymentNetwork,
}

impl RunWorkspace {
    pub async fn lay(plan: &Plan) -> Result<RunWorkspace, Failure> {
        let exe = std::env::current_exe().map_err(|error| Failure::bug("find myself", error))?;
        let name = name();
        let journals = places::journals();
        std::fs::create_dir_all(&journals)
            .map_err(|error| Failure::bug(&format!("make {}", journals.display()), error))?;
        let guardian = Guardian::start(&exe, &journals.join(format!("{name}.journal")))
            .map_err(|error| Failure::bug("start the guardian", error))?;
        let data = std::env::temp_dir().join(&name);
        let mut told = guardian.remove_dir(&data);
        if let Some(run) = DeploymentNetwork::clean_up_name(plan.target.runtime, &name) {
            told = told.and_then(|()| guardian.clean_up(run));
        }
        told.map_err(|error| Failure::bug("instruct the guardian", error))?;
        let network = DeploymentNetwork::create(plan.target.runtime, &name).await;
        Ok(RunWorkspace {
            exe,
            data,
            guardian: Arc::new(guardian),
            network: network.map_err(|error| down(&error))?,
        })
    }

    /// The address of this machine that the target will call.
    pub fn host(&self) -> IpAddr {
        self.network.host()
    }
}

/// Unlike that of any other run of this machine: a pid comes again, a pid at its moment does not.
fn name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.unwrap_or_default().as_millis();
    format!("shakedown-{}-{millis:x}", std::process::id())
}

pub fn down(error: &DeployError) -> Failure {
    Failure::target(format!("the target did not come up: failed to {error}"))
}
