//! Limits and cuts of a running container, and the way back to what it had before.
//!
//! Over a container's id, whatever runs in it. It must not know services or faults.

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

/// The scheduler hands out CPU time in periods of so many microseconds.
const PERIOD_US: i64 = 100_000;

/// No limit on memory, in bytes: the kernel's own word for it.
const UNLIMITED: i64 = 0x7fff_ffff_ffff_f000;

/// A memory limit must be in force within this time, and is tried again so often.
const TIGHTEN_LIMIT: Duration = Duration::from_secs(5);
const TIGHTEN_PACE: Duration = Duration::from_millis(20);

/// The engine notices within this time that a container has ended.
const NOTICE_LIMIT: Duration = Duration::from_secs(5);

/// What a container had before it was impaired.
#[derive(Debug, Clone)]
pub enum Before {
    Running,
    Cpu(Box<ContainerUpdateBody>),
    Memory { limit: i64, with_swap: i64 },
    Connected(Box<EndpointSettings>),
}

/// What a container had before the impairment that is on it; nothing if none is.
pub type Kept = Mutex<Option<Before>>;

/// Impairs a container of this network and keeps what is needed to repair it. On an error it is as
/// before.
pub async fn impair(
    docker: &Docker,
    network: &str,
    id: &str,
    what: Impairment,
    kept: &Kept,
) -> Result<(), String> {
    let before = match what {
        Impairment::Frozen => {
            docker.pause_container(id).await.map_err(said)?;
            Before::Running
        }
        Impairment::CpuQuota { cores } => throttle(docker, id, cores).await?,
        Impairment::MemoryLimit { limit_bytes } => {
            let host = host_config(docker, id).await?;
            let before = Before::Memory {
                limit: host.memory.unwrap_or(0),
                with_swap: host.memory_swap.unwrap_or(0),
            };
            // Known before it is on: the kernel may be quick.
            set(kept, Some(before.clone()));
            let limit = i64::try_from(limit_bytes).unwrap_or(UNLIMITED);
            if let Err(why) = tighten(docker, id, limit).await {
                repair(docker, network, id, &before).await?;
                set(kept, None);
                return Err(why);
            }
            before
        }
        Impairment::Disconnected => disconnect(docker, network, id).await?,
    };
    set(kept, Some(before));
    Ok(())
}

/// What is kept, whatever became of who held it.
pub fn had(kept: &Kept) -> Option<Before> {
    kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

pub fn set(kept: &Kept, before: Option<Before>) {
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = before;
}

/// Gives a container back what it had, also when it has died since.
pub async fn repair(
    docker: &Docker,
    network: &str,
    id: &str,
    before: &Before,
) -> Result<(), String> {
    match before {
        Before::Running => docker.unpause_container(id).await.map_err(said),
        Before::Cpu(had) => restore(docker, id, (**had).clone()).await,
        Before::Memory { limit, with_swap } => {
            let or_none = |limit: i64| if limit > 0 { limit } else { UNLIMITED };
            restore(docker, id, memory(or_none(*limit), or_none(*with_swap))).await
        }
        Before::Connected(endpoint) => connect(docker, network, id, endpoint).await,
    }
}

/// Of a container that has just ended the engine thinks for a moment that it runs, and then cannot
/// change it. What it starts with next must be changed all the same.
async fn restore(docker: &Docker, id: &str, wanted: ContainerUpdateBody) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(refused) = update(docker, id, wanted.clone()).await else {
            return Ok(());
        };
        if begun.elapsed() > NOTICE_LIMIT || !has_ended(docker, id).await {
            return Err(said(refused));
        }
        sleep(TIGHTEN_PACE).await;
    }
}

async fn throttle(docker: &Docker, id: &str, cores: f64) -> Result<Before, String> {
    let host = host_config(docker, id).await?;
    // An engine that was told a number of cores takes no quota beside it.
    let in_cores = host.nano_cpus.filter(|nano| *nano > 0);
    let asked = |nano: f64, quota: i64, period: i64| match in_cores {
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
    let set = |value: Option<i64>, or: i64| value.filter(|value| *value > 0).unwrap_or(or);
    let before = asked(
        in_cores.unwrap_or(0) as f64,
        set(host.cpu_quota, -1),
        set(host.cpu_period, PERIOD_US),
    );
    let quota = (cores * PERIOD_US as f64) as i64;
    update(docker, id, asked(cores * 1e9, quota, PERIOD_US))
        .await
        .map_err(said)?;
    Ok(Before::Cpu(Box::new(before)))
}

/// Sets a memory limit. Where a container already holds more, the older kind of control group
/// refuses it; then the limit closes in from above until the kernel has ended what asked for more,
/// which is what the newer kind does by itself. If that was the whole container, the limit has done
/// all it can.
async fn tighten(docker: &Docker, id: &str, limit: i64) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(refused) = grant(docker, id, limit, limit).await else {
            return Ok(());
        };
        let refused = said(refused);
        let Some(held) = usage(&refused) else {
            return match has_ended(docker, id).await {
                true => Ok(()),
                false => Err(refused),
            };
        };
        if begun.elapsed() > TIGHTEN_LIMIT {
            return Err(format!(
                "it holds {} MB and neither gives them back nor asks for more",
                held / 1_000_000
            ));
        }
        // What it holds may have changed already; then the next round tries again.
        let _ = grant(docker, id, held, held).await;
        sleep(TIGHTEN_PACE).await;
    }
}

/// The bytes in use, from an engine's refusal to set a limit below them.
fn usage(refusal: &str) -> Option<i64> {
    let (_, rest) = refusal.split_once("current usage: ")?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    rest[..end].parse().ok()
}

/// Whether nothing runs in a container any more. The kernel knows it before the engine does.
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

async fn grant(docker: &Docker, id: &str, limit: i64, with_swap: i64) -> Result<(), Error> {
    update(docker, id, memory(limit, with_swap)).await
}

fn memory(limit: i64, with_swap: i64) -> ContainerUpdateBody {
    ContainerUpdateBody {
        memory: Some(limit),
        memory_swap: Some(with_swap),
        ..Default::default()
    }
}

/// The engine answers only when the kernel has taken it.
async fn update(docker: &Docker, id: &str, wanted: ContainerUpdateBody) -> Result<(), Error> {
    docker.update_container(id, wanted).await
}

async fn disconnect(docker: &Docker, network: &str, id: &str) -> Result<Before, String> {
    let endpoint = endpoint(docker, network, id).await?;
    let endpoint = endpoint.ok_or_else(|| format!("it is not on the network {network}"))?;
    let address = endpoint.ip_address.clone().filter(|ip| !ip.is_empty());
    let had = EndpointSettings {
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
        .map_err(said)?;
    Ok(Before::Connected(Box::new(had)))
}

/// The same address and the same names as before, so that open connections go on.
async fn connect(
    docker: &Docker,
    network: &str,
    id: &str,
    had: &EndpointSettings,
) -> Result<(), String> {
    if endpoint(docker, network, id).await?.is_some() {
        return Ok(());
    }
    let request = NetworkConnectRequest {
        container: id.into(),
        endpoint_config: Some(had.clone()),
    };
    docker
        .connect_network(network, request)
        .await
        .map_err(said)?;
    let address = |settings: &EndpointSettings| {
        let config = settings.ipam_config.as_ref();
        config.and_then(|config| config.ipv4_address.clone())
    };
    let now = endpoint(docker, network, id)
        .await?
        .as_ref()
        .and_then(address);
    match now == address(had) {
        true => Ok(()),
        false => Err(format!("it came back to {network} at another address")),
    }
}

async fn endpoint(
    docker: &Docker,
    network: &str,
    id: &str,
) -> Result<Option<EndpointSettings>, String> {
    let container = docker.inspect_container(id, None).await.map_err(said)?;
    let networks = container.network_settings.and_then(|all| all.networks);
    Ok(networks.and_then(|mut networks| networks.remove(network)))
}

async fn host_config(docker: &Docker, id: &str) -> Result<HostConfig, String> {
    let container = docker.inspect_container(id, None).await.map_err(said)?;
    container
        .host_config
        .ok_or_else(|| "the engine tells no limits".into())
}

fn said(error: Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_how_much_is_in_use() {
        let refusal = "runc did not terminate successfully: exit status 1: unable to set memory \
                       limit to 10000000 (current usage: 60973056, peak usage: 66818048)";
        assert_eq!(usage(refusal), Some(60_973_056));
        assert_eq!(usage("no such container"), None);
    }

    #[test]
    fn a_process_that_is_dead_or_waits_to_be_noticed_is_gone() {
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
