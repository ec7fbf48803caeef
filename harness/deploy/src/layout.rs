//! Where everything of a run will listen, decided before anything starts.

use std::collections::BTreeMap;

use harness_model::definition::ServiceDefinition;
use harness_model::plan::{Runtime, TargetPlan};
use harness_model::topology::RunningEdge;
use harness_model::{Edge, Seed};

use crate::error::DeployError;
use crate::ports::Ports;

/// The addresses of a target and of the proxies on its edges, all `host:port`.
#[derive(Debug, Clone)]
pub struct Layout {
    pub entry: String,
    /// What shoppers use: the entry, or the proxy in front of it.
    pub base_url: String,
    pub services: Vec<ServiceLayout>,
    pub edges: Vec<RunningEdge>,
}

#[derive(Debug, Clone)]
pub struct ServiceLayout {
    pub definition: ServiceDefinition,
    pub address: String,
    /// Callee and the URL it is to be called at.
    pub routes: Vec<(String, String)>,
}

impl Layout {
    /// Picks a port for every service and every proxied edge. The ports are free now; nothing
    /// holds them until the proxies open and the services start.
    pub fn plan(target: &TargetPlan, proxied: &[Edge], seed: Seed) -> Result<Layout, DeployError> {
        let process = u64::from(std::process::id());
        let mut ports = Ports::new(seed.child("ports", process).0);
        if target.runtime == Runtime::External {
            return external(target, proxied, &mut ports);
        }
        let definition = &target.definition;
        let mut addresses = BTreeMap::new();
        // Fixed ports first, so that no free one is handed out that is asked for later.
        for service in definition
            .services
            .iter()
            .filter(|service| service.port.is_some())
        {
            let port = ports.fixed(service.port.unwrap_or_default(), &service.name)?;
            addresses.insert(service.name.clone(), local(port));
        }
        for service in definition
            .services
            .iter()
            .filter(|service| service.port.is_none())
        {
            addresses.insert(service.name.clone(), local(ports.free()?));
        }
        let address_of = |name: &str| {
            let address = addresses.get(name).cloned();
            address.ok_or_else(|| DeployError::NoService(name.into()))
        };
        let mut edges = vec![Edge::new(Edge::CLIENT, &definition.entry)];
        for service in &definition.services {
            edges.extend(
                service
                    .calls
                    .iter()
                    .map(|callee| Edge::new(&service.name, callee)),
            );
        }
        let edges = edges
            .into_iter()
            .map(|edge| {
                let upstream = address_of(&edge.callee)?;
                running(edge, upstream, proxied, &mut ports)
            })
            .collect::<Result<Vec<_>, DeployError>>()?;
        let services = definition
            .services
            .iter()
            .map(|service| {
                Ok(ServiceLayout {
                    definition: service.clone(),
                    address: address_of(&service.name)?,
                    routes: routes_of(&service.name, &edges),
                })
            })
            .collect::<Result<_, DeployError>>()?;
        Ok(Layout {
            entry: definition.entry.clone(),
            base_url: edges.first().map(url).unwrap_or_default(),
            services,
            edges,
        })
    }
}

/// A system the user runs: nothing but its front door is known.
fn external(
    target: &TargetPlan,
    proxied: &[Edge],
    ports: &mut Ports,
) -> Result<Layout, DeployError> {
    let given = target.url.as_deref().ok_or(DeployError::NoUrl)?;
    let entry = target.definition.entry.clone();
    let host = given.trim_start_matches("http://").trim_end_matches('/');
    let upstream = if host.contains(':') {
        host.into()
    } else {
        format!("{host}:80")
    };
    let edge = running(Edge::new(Edge::CLIENT, &entry), upstream, proxied, ports)?;
    let base_url = match &edge.proxy {
        Some(_) => url(&edge),
        None => given.trim_end_matches('/').into(),
    };
    Ok(Layout {
        entry,
        base_url,
        services: Vec::new(),
        edges: vec![edge],
    })
}

fn running(
    edge: Edge,
    upstream: String,
    proxied: &[Edge],
    ports: &mut Ports,
) -> Result<RunningEdge, DeployError> {
    let proxy = match proxied.contains(&edge) {
        true => Some(local(ports.free()?)),
        false => None,
    };
    Ok(RunningEdge {
        edge,
        proxy,
        upstream,
    })
}

fn routes_of(caller: &str, edges: &[RunningEdge]) -> Vec<(String, String)> {
    let mine = edges.iter().filter(|running| running.edge.caller == caller);
    mine.map(|running| (running.edge.callee.clone(), url(running)))
        .collect()
}

fn url(running: &RunningEdge) -> String {
    format!(
        "http://{}",
        running.proxy.as_ref().unwrap_or(&running.upstream)
    )
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
