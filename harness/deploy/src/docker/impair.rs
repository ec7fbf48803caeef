//! Impairs a running container, and restores its former settings.
//!
//! Works on a container's id. It must not know services or faults.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use harness_model::Impairment;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::{
    ContainerUpdateBody, EndpointIpamConfig, EndpointSettings, HostConfig, NetworkConnectRequest,
    NetworkDisconnectRequest,
};
use tokio::time::sleep;

/// Length of the scheduler's CPU periods, in microseconds.
const PERIOD_US: i64 = 100_000;

/// No memory limit, in bytes, as the kernel writes it.
const UNLIMITED: i64 = 0x7fff_ffff_ffff_f000;

/// A memory limit must be in force within this time; until then it is retried.
const MEMORY_LIMIT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// The engine notices within this time that a container has ended.
const END_NOTICED_LIMIT: Duration = Duration::from_secs(5);

/// The settings of a container before it was impaired.
#[derive(Debug, Clone)]
pub enum PriorState {
    Running,
    Cpu(Box<ContainerUpdateBody>),
    Memory { limit: i64, with_swap: i64 },
    Connected(Box<EndpointSettings>),
}

/// The settings to restore; `None` when the container is not impaired.
pub type Restorable = Mutex<Option<PriorState>>;

/// Impairs a container of this network and stores what is needed to repair it. On an error it is
/// unchanged.
pub async fn impair(
    docker: &Docker,
    network: &str,
    id: &str,
    what: Impairment,
    restorable: &Restorable,
) -> Result<(), String> {
    let before = match what {
        Impairment::Frozen => {
            docker.pause_container(id).await.map_err(message)?;
            PriorState::Running
        }
        Impairment::CpuQuota { cores } => throttle(docker, id, cores).await?,
        Impairment::MemoryLimit { limit_bytes } => {
            let host = host_config(docker, id).await?;
            let before = PriorState::Memory {
                limit: host.memory.unwrap_or(0),
                with_swap: host.memory_swap.unwrap_or(0),
            };
            // Stored before it is set, because the kernel may act at once.
            set(restorable, Some(before.clone()));
            let limit = i64::try_from(limit_bytes).unwrap_or(UNLIMITED);
            if let Err(why) = lower_memory_limit(docker, id, limit).await {
                repair(docker, network, id, &before).await?;
                set(restorable, None);
                return Err(why);
            }
            before
        }
        Impairment::Disconnected => disconnect(docker, network, id).await?,
    };
    set(restorable, Some(before));
    Ok(())
}

pub fn get(restorable: &Restorable) -> Option<PriorState> {
    restorable
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

pub fn set(restorable: &Restorable, before: Option<PriorState>) {
    *restorable.lock().unwrap_or_else(PoisonError::into_inner) = before;
}

/// Restores the former settings of a container, also when it has died since.
pub async fn repair(
    docker: &Docker,
    network: &str,
    id: &str,
    before: &PriorState,
) -> Result<(), String> {
    match before {
        PriorState::Running => docker.unpause_container(id).await.map_err(message),
        PriorState::Cpu(limits) => restore(docker, id, (**limits).clone()).await,
        PriorState::Memory { limit, with_swap } => {
            let or_none = |limit: i64| if limit > 0 { limit } else { UNLIMITED };
            restore(docker, id, memory(or_none(*limit), or_none(*with_swap))).await
        }
        PriorState::Connected(endpoint) => connect(docker, network, id, endpoint).await,
    }
}

/// For a moment the engine takes a container that has just ended for running and cannot change it.
/// The settings of its next start must be restored all the same, so this tries again.
async fn restore(docker: &Docker, id: &str, wanted: ContainerUpdateBody) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(refused) = update(docker, id, wanted.clone()).await else {
            return Ok(());
        };
        if begun.elapsed() > END_NOTICED_LIMIT || !has_ended(docker, id).await {
            return Err(message(refused));
        }
        sleep(RETRY_PAUSE).await;
    }
}

async fn throttle(docker: &Docker, id: &str, cores: f64) -> Result<PriorState, String> {
    let host = host_config(docker, id).await?;
    // An engine that was given a number of cores accepts no quota besides.
    let in_cores = host.nano_cpus.filter(|nano| *nano > 0);
    let limits = |nano: f64, quota: i64, period: i64| match in_cores {
        Some(_) => ContainerUpdateBody {
            nano_cpus: Some(nano as i64),
            ..Default::default()
        },
        None => ContainerUpdateBody {
            cpu_quota: Some(quota),
            cpu_period: Some(period),
            ..Default::default()
        },
    };
    let positive = |value: Option<i64>, or: i64| value.filter(|value| *value > 0).unwrap_or(or);
    let before = limits(
        in_cores.unwrap_or(0) as f64,
        positive(host.cpu_quota, -1),
        positive(host.cpu_period, PERIOD_US),
    );
    let quota = (cores * PERIOD_US as f64) as i64;
    update(docker, id, limits(cores * 1e9, quota, PERIOD_US))
        .await
        .map_err(message)?;
    Ok(PriorState::Cpu(Box::new(before)))
}

/// Sets a memory limit. Version 1 of control groups refuses one below the memory in use; then the
/// limit approaches it from above until the kernel has killed what asked for more, as version 2
/// does by itself. If that ended the whole container, the limit has had its effect.
async fn lower_memory_limit(docker: &Docker, id: &str, limit: i64) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(refused) = set_memory(docker, id, limit, limit).await else {
            return Ok(());
        };
        let refused = message(refused);
        let Some(used) = memory_in_use(&refused) else {
            return match has_ended(docker, id).await {
                true => Ok(()),
                false => Err(refused),
            };
        };
        if begun.elapsed() > MEMORY_LIMIT_TIMEOUT {
            return Err(format!(
                "it uses {} MB and neither releases memory nor asks for more",
                used / 1_000_000
            ));
        }
        // The usage may have changed already; then the next round tries again.
        let _ = set_memory(docker, id, used, used).await;
        sleep(RETRY_PAUSE).await;
    }
}

/// The bytes in use, from an engine's refusal to set a limit below them.
fn memory_in_use(refusal: &str) -> Option<i64> {
    let (_, rest) = refusal.split_once("current usage: ")?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    rest[..end].parse().ok()
}

/// Whether a container has ended. The kernel knows it before the engine does.
async fn has_ended(docker: &Docker, id: &str) -> bool {
    let inspected = docker.inspect_container(id, None).await;
    let Some(state) = inspected.ok().and_then(|container| container.state) else {
        return false;
    };
    state.running != Some(true) || state.pid.is_none_or(is_gone)
}

fn is_gone(pid: i64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    let state = stat
        .as_deref()
        .ok()
        .and_then(|stat| stat.rsplit_once(") "))
        .map(|(_, rest)| rest.starts_with(['Z', 'X']));
    pid == 0 || state.unwrap_or(true)
}

async fn set_memory(docker: &Docker, id: &str, limit: i64, with_swap: i64) -> Result<(), Error> {
    update(docker, id, memory(limit, with_swap)).await
}

fn memory(limit: i64, with_swap: i64) -> ContainerUpdateBody {
    ContainerUpdateBody {
        memory: Some(limit),
        memory_swap: Some(with_swap),
        ..Default::default()
    }
}

/// The engine answers once the kernel has accepted the settings.
async fn update(docker: &Docker, id: &str, wanted: ContainerUpdateBody) -> Result<(), Error> {
    docker.update_container(id, wanted).await
}

async fn disconnect(docker: &Docker, network: &str, id: &str) -> Result<PriorState, String> {
    let endpoint = endpoint(docker, network, id).await?;
    let endpoint = endpoint.ok_or_else(|| format!("it is not on the network {network}"))?;
    let address = endpoint.ip_address.clone().filter(|ip| !ip.is_empty());
    let former = EndpointSettings {
        ipam_config: Some(EndpointIpamConfig {
            ipv4_address: address,
            ..Default::default()
        }),
        aliases: endpoint.aliases,
        links: endpoint.links,
        driver_opts: endpoint.driver_opts,
        ..Default::default()
    };
    let request = NetworkDisconnectRequest {
        container: id.into(),
        force: Some(false),
    };
    docker
        .disconnect_network(network, request)
        .await
        .map_err(message)?;
    Ok(PriorState::Connected(Box::new(former)))
}

/// Connects it with its former address and names, so that open connections continue.
async fn connect(
    docker: &Docker,
    network: &str,
    id: &str,
    former: &EndpointSettings,
) -> Result<(), String> {
    if endpoint(docker, network, id).await?.is_some() {
        return Ok(());
    }
    let request = NetworkConnectRequest {
        container: id.into(),
        endpoint_config: Some(former.clone()),
    };
    docker
        .connect_network(network, request)
        .await
        .map_err(message)?;
    let address = |settings: &EndpointSettings| {
        let config = settings.ipam_config.as_ref();
        config.and_then(|config| config.ipv4_address.clone())
    };
    let now = endpoint(docker, network, id)
        .await?
        .as_ref()
        .and_then(address);
    match now == address(former) {
        true => Ok(()),
        false => Err(format!("it came back to {network} at another address")),
    }
}

async fn endpoint(
    docker: &Docker,
    network: &str,
    id: &str,
) -> Result<Option<EndpointSettings>, String> {
    let container = docker.inspect_container(id, None).await.map_err(message)?;
    let networks = container.network_settings.and_then(|all| all.networks);
    Ok(networks.and_then(|mut networks| networks.remove(network)))
}

async fn host_config(docker: &Docker, id: &str) -> Result<HostConfig, String> {
    let container = docker.inspect_container(id, None).await.map_err(message)?;
    container
        .host_config
        .ok_or_else(|| "the engine states no limits".into())
}

fn message(error: Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_states_the_memory_in_use() {
        let refusal = "runc did not terminate successfully: exit status 1: unable to set memory \
                       limit to 10000000 (current usage: 60973056, peak usage: 66818048)";
        assert_eq!(memory_in_use(refusal), Some(60_973_056));
        assert_eq!(memory_in_use("no such container"), None);
    }

    #[test]
    fn a_dead_process_and_a_zombie_are_gone() {
        assert!(!is_gone(i64::from(std::process::id())));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i64::from(child.id());
        while !is_gone(pid) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(is_gone(pid) && is_gone(0));
    }
}
