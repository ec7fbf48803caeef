//! Where everything of a run will listen, decided before anything starts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use harness_model::definition::{ServiceDefinition, TargetDefinition};
use harness_model::plan::{Runtime, TargetPlan};
use harness_model::topology::RunningEdge;
use harness_model::{Edge, Seed};

use crate::error::DeployError;
use crate::network::DeploymentNetwork;
use crate::ports::Ports;

/// The addresses of a target and of the proxies on its edges, all `host:port`.
#[derive(Debug, Clone)]
pub struct Layout {
    pub entry: String,
    /// The URL of the entry, or of the proxy in front of it.
    pub base_url: String,
    pub services: Vec<ServiceLayout>,
    pub edges: Vec<RunningEdge>,
}

#[derive(Debug, Clone)]
pub struct ServiceLayout {
    pub definition: ServiceDefinition,
    /// Where this machine reaches it.
    pub address: String,
    /// The address it binds, as it sees it.
    pub listen: String,
    pub routes: Vec<Route>,
}

/// How a service reaches another.
#[derive(Debug, Clone)]
pub struct Route {
    pub callee: String,
    pub url: String,
    /// Arguments of its command, with `{callee}` and `{url}` as placeholders.
    pub args: Vec<String>,
}

impl Layout {
    /// Picks a port for every service and every proxied edge. The ports are free now; nothing
    /// holds them until the proxies open and the services start.
    pub fn plan(
        target: &TargetPlan,
        proxied: &[Edge],
        seed: Seed,
        network: &DeploymentNetwork,
    ) -> Result<Layout, DeployError> {
        let process = u64::from(std::process::id());
        let mut ports = Ports::new(seed.child("ports", process).0);
        if target.runtime == Runtime::External {
            return external(target, proxied, &mut ports);
        }
        let definition = &target.definition;
        let given = service_ports(definition, &mut ports)?;
        let port_of = |name: &str| {
            let port = given.get(name).copied();
            port.ok_or_else(|| DeployError::NoService(name.into()))
        };
        let edges = edges_of(definition)
            .into_iter()
            .map(|edge| {
                let port = port_of(&edge.callee)?;
                let from_here = edge.caller == Edge::CLIENT;
                // Our proxies call the port published on this machine; peers call the service itself.
                let upstream = match from_here || proxied.contains(&edge) {
                    true => local(port),
                    false => network.peer(&edge.callee, inner_port(definition, &edge.callee, port)),
                };
                let host = match from_here {
                    true => Ipv4Addr::LOCALHOST.into(),
                    false => network.host(),
                };
                running(edge, upstream, proxied, host, &mut ports)
            })
            .collect::<Result<Vec<_>, DeployError>>()?;
        let services = definition
            .services
            .iter()
            .map(|service| {
                let port = port_of(&service.name)?;
                Ok(ServiceLayout {
                    definition: service.clone(),
                    address: local(port),
                    listen: network.bind(inner_port(definition, &service.name, port)),
                    routes: routes_of(service, definition, &edges),
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

/// Fixed ports first, so that none of them is handed out as a free one.
fn service_ports(
    definition: &TargetDefinition,
    ports: &mut Ports,
) -> Result<BTreeMap<String, u16>, DeployError> {
    let mut given = BTreeMap::new();
    for service in &definition.services {
        if let Some(port) = service.port {
            given.insert(service.name.clone(), ports.fixed(port, &service.name)?);
        }
    }
    for service in &definition.services {
        if service.port.is_none() {
            given.insert(service.name.clone(), ports.free()?);
        }
    }
    Ok(given)
}

/// The edge from the client to the entry first, then those between services.
fn edges_of(definition: &TargetDefinition) -> Vec<Edge> {
    let mut edges = vec![Edge::new(Edge::CLIENT, &definition.entry)];
    for service in &definition.services {
        let callees = service.talks_to();
        edges.extend(callees.map(|callee| Edge::new(&service.name, callee)));
    }
    edges
}

/// A system that the user runs: only its entry is known.
fn external(
    target: &TargetPlan,
    proxied: &[Edge],
    ports: &mut Ports,
) -> Result<Layout, DeployError> {
    let url_of_entry = target.url.as_deref().ok_or(DeployError::NoUrl)?;
    let entry = target.definition.entry.clone();
    let host = url_of_entry
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let upstream = if host.contains(':') {
        host.into()
    } else {
        format!("{host}:80")
    };
    let (edge, host) = (Edge::new(Edge::CLIENT, &entry), Ipv4Addr::LOCALHOST.into());
    let edge = running(edge, upstream, proxied, host, ports)?;
    let base_url = match &edge.proxy {
        Some(_) => url(&edge),
        None => url_of_entry.trim_end_matches('/').into(),
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
    host: IpAddr,
    ports: &mut Ports,
) -> Result<RunningEdge, DeployError> {
    let proxy = match proxied.contains(&edge) {
        true => Some(format!("{host}:{}", ports.free()?)),
        false => None,
    };
    Ok(RunningEdge {
        edge,
        proxy,
        upstream,
    })
}

fn routes_of(
    service: &ServiceDefinition,
    definition: &TargetDefinition,
    edges: &[RunningEdge],
) -> Vec<Route> {
    let route = |callee: &str, args: &[String]| {
        let is_it = |edge: &Edge| edge.caller == service.name && edge.callee == callee;
        let running = edges.iter().find(|running| is_it(&running.edge))?;
        let image = definition
            .service(callee)
            .and_then(|one| one.image.as_ref());
        let url = match image {
            Some(image) => image.url.replace("{address}", address(running)),
            None => url(running),
        };
        Some(Route {
            callee: callee.into(),
            url,
            args: args.to_vec(),
        })
    };
    let called = service.calls.iter();
    let called = called.filter_map(|callee| route(callee, &service.route_args));
    let used = service.uses.iter();
    let used = used.filter_map(|used| route(&used.service, &used.args));
    called.chain(used).collect()
}

/// Where a service listens in its container: the port that it has here, or the one of its image.
fn inner_port(definition: &TargetDefinition, service: &str, given: u16) -> u16 {
    let image = definition
        .service(service)
        .and_then(|one| one.image.as_ref());
    image.map_or(given, |image| image.port)
}

fn url(running: &RunningEdge) -> String {
    format!("http://{}", address(running))
}

fn address(running: &RunningEdge) -> &str {
    running.proxy.as_ref().unwrap_or(&running.upstream)
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}
