//! Where everything of a run will listen, decided before anything starts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use harness_model::definition::{ServiceDefinition, TargetDefinition};
use harness_model::plan::{Runtime, TargetPlan};
use harness_model::topology::RunningEdge;
use harness_model::{Edge, InstanceId, Seed};

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
    pub routes: Vec<Route>,
    pub instances: Vec<InstanceLayout>,
}

#[derive(Debug, Clone)]
pub struct InstanceLayout {
    pub id: InstanceId,
    /// Where this machine reaches it.
    pub address: String,
    /// The address it binds, as it sees it.
    pub listen: String,
    /// The container it will run in, if it will run in one.
    pub container: Option<String>,
}

/// The port that an instance has on this machine.
struct Placement {
    id: InstanceId,
    port: u16,
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
    /// Picks a port for every instance and every proxied edge. The ports are free now; nothing
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
        let placements = place(definition, &mut ports)?;
        let edges = running_edges(definition, &placements, proxied, network, &mut ports)?;
        let services = definition.services.iter().map(|service| {
            let instance = |placement: &Placement| InstanceLayout {
                id: placement.id.clone(),
                address: local(placement.port),
                listen: network.bind(inner_port(service, placement.port)),
                container: network.container(&placement.id),
            };
            let instances = placements.get(&service.name).into_iter().flatten();
            ServiceLayout {
                definition: service.clone(),
                routes: routes_of(service, definition, &edges),
                instances: instances.map(instance).collect(),
            }
        });
        Ok(Layout {
            entry: definition.entry.clone(),
            base_url: edges.first().map(url).unwrap_or_default(),
            services: services.collect(),
            edges,
        })
    }
}

/// Places every service's single instance. Fixed ports first, so that none of them is handed out as
/// a free one.
fn place(
    definition: &TargetDefinition,
    ports: &mut Ports,
) -> Result<BTreeMap<String, Vec<Placement>>, DeployError> {
    let mut placements = BTreeMap::new();
    let services = definition.services.iter();
    let (fixed, free): (Vec<_>, Vec<_>) = services.partition(|service| service.port.is_some());
    for service in fixed.into_iter().chain(free) {
        let name = service.name.as_str();
        let place = |id| {
            let port = match service.port {
                Some(port) => ports.fixed(port, name),
                None => ports.free(),
            };
            Ok(Placement { id, port: port? })
        };
        let ids = InstanceId::of_service(name, 1).into_iter();
        let placed = ids.map(place).collect::<Result<_, DeployError>>()?;
        placements.insert(name.to_owned(), placed);
    }
    Ok(placements)
}

/// Every edge to every instance of its callee.
fn running_edges(
    definition: &TargetDefinition,
    placements: &BTreeMap<String, Vec<Placement>>,
    proxied: &[Edge],
    network: &DeploymentNetwork,
    ports: &mut Ports,
) -> Result<Vec<RunningEdge>, DeployError> {
    let mut edges = Vec::new();
    for edge in edges_of(definition) {
        let unknown = || DeployError::NoService(edge.callee.clone());
        let callee = definition.service(&edge.callee).ok_or_else(unknown)?;
        let placed = placements.get(&edge.callee).ok_or_else(unknown)?;
        for Placement { id, port } in placed {
            let from_here = edge.caller == Edge::CLIENT;
            // Our proxies call the port published on this machine; peers call the service itself.
            let upstream = match from_here || proxied.contains(&edge) {
                true => local(*port),
                false => network.peer(id, inner_port(callee, *port)),
            };
            let host = match from_here {
                true => Ipv4Addr::LOCALHOST.into(),
                false => network.host(),
            };
            let instance = Some(id.clone());
            edges.push(running(
                edge.clone(),
                upstream,
                instance,
                proxied,
                host,
                ports,
            )?);
        }
    }
    Ok(edges)
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
    let edge = running(edge, upstream, None, proxied, host, ports)?;
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
    instance: Option<InstanceId>,
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
        instance,
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

/// Where an instance listens in its container: the port that it has here, or the one of its image.
fn inner_port(service: &ServiceDefinition, port: u16) -> u16 {
    service.image.as_ref().map_or(port, |image| image.port)
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
