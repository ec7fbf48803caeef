//! Whom a call went to: from the name, the address or the engine that a span states to a service.
//!
//! A service that answers with spans of its own is known by them. A database or broker leaves none,
//! and its client states an address, often that of a proxy; the topology says who is behind it. It
//! must not know what became of a call.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::definition::{ServiceDefinition, TargetDefinition};
use harness_model::strings::Strings;
use harness_model::topology::Topology;
use harness_model::{RunData, Span, SpanKind, Sym};

use crate::traces::forest::Forest;

/// The service behind whatever each caller calls its peers.
#[derive(Debug, Default)]
pub struct Peers {
    /// Caller, and what it states, to the service.
    services: BTreeMap<(Sym, Sym), Sym>,
    /// Names of services that nothing else in the run names.
    names: BTreeMap<Sym, String>,
    /// Services that leave spans when they are called.
    tell: BTreeSet<Sym>,
}

impl Peers {
    pub fn of(run: &RunData, forest: &Forest<'_>) -> Peers {
        let directory = Directory {
            strings: &run.strings,
            definition: &run.plan.target.definition,
            topology: run.topology(),
        };
        Peers::found(forest, &directory)
    }

    fn found(forest: &Forest<'_>, directory: &Directory<'_>) -> Peers {
        let mut peers = Peers::default();
        let mut stated: BTreeSet<(Sym, Sym)> = BTreeSet::new();
        let mut answered: BTreeMap<(Sym, Sym), BTreeMap<Sym, u64>> = BTreeMap::new();
        for node in 0..forest.nodes.len() as u32 {
            let span = forest.span(node);
            if matches!(span.kind, SpanKind::Server | SpanKind::Consumer) {
                peers.tell.insert(span.service);
            }
            if !is_call(&span) || span.peer.is_none() {
                continue;
            }
            stated.insert((span.service, span.peer));
            if let Some(server) = forest.answerer(node) {
                let by = answered.entry((span.service, span.peer)).or_default();
                *by.entry(forest.span(server).service).or_default() += 1;
            }
        }
        let mut unnamed: BTreeMap<String, Sym> = BTreeMap::new();
        for (caller, peer) in stated {
            let most = answered.get(&(caller, peer)).and_then(|by| {
                let most = by
                    .iter()
                    .max_by_key(|(service, calls)| (**calls, **service));
                most.map(|(service, _)| *service)
            });
            let service = most.unwrap_or_else(|| {
                let name = directory.service(caller, peer);
                directory.strings.find(&name).unwrap_or_else(|| {
                    let sym = *unnamed.entry(name.clone()).or_insert(peer);
                    peers.names.insert(sym, name);
                    sym
                })
            });
            peers.services.insert((caller, peer), service);
        }
        peers
    }

    /// The service that a client or producer span went to; none where it does not say, or where the
    /// call did not leave its own service.
    pub fn callee(&self, span: &Span) -> Option<Sym> {
        let service = self.services.get(&(span.service, span.peer)).copied();
        service.filter(|service| *service != span.service)
    }

    /// Whether the service leaves spans when it is called.
    pub fn tells(&self, service: Sym) -> bool {
        self.tell.contains(&service)
    }

    /// The name of a service that the run's own names lack.
    pub fn name(&self, service: Sym) -> Option<&str> {
        self.names.get(&service).map(String::as_str)
    }
}

/// Whether a span is a call, or a message sent, as its sender sees it.
pub fn is_call(span: &Span) -> bool {
    matches!(span.kind, SpanKind::Client | SpanKind::Producer)
}

/// What the target is made of, and where each part is.
struct Directory<'a> {
    strings: &'a Strings,
    definition: &'a TargetDefinition,
    topology: Option<&'a Topology>,
}

impl Directory<'_> {
    /// The name of the service; what the caller states where nothing says more.
    fn service(&self, caller: Sym, peer: Sym) -> String {
        let (caller, peer) = (self.strings.name(caller), self.strings.name(peer));
        let host = peer.rsplit_once(':').map_or(peer, |(host, _)| host);
        let named = |name: &str| self.definition.host_of(name).map(|one| one.name.clone());
        named(peer)
            .or_else(|| self.at(caller, peer))
            .or_else(|| named(host))
            .or_else(|| self.engine(caller, peer))
            .unwrap_or_else(|| peer.to_owned())
    }

    /// Whoever answers at the address, first by the caller's own way there.
    fn at(&self, caller: &str, address: &str) -> Option<String> {
        let topology = self.topology?;
        let leads =
            |proxy: Option<&str>, upstream: &str| proxy == Some(address) || upstream == address;
        let mut edges: Vec<_> = topology
            .edges
            .iter()
            .filter(|edge| leads(edge.proxy.as_deref(), &edge.upstream))
            .collect();
        edges.sort_by_key(|edge| edge.edge.caller != caller);
        let by_edge = edges.first().map(|edge| edge.edge.callee.clone());
        by_edge.or_else(|| {
            let mut instances = topology.instances();
            let found = instances.find(|(_, instance)| instance.address == address);
            found.map(|(service, _)| service.name.clone())
        })
    }

    /// The only server of this kind that the caller uses.
    fn engine(&self, caller: &str, system: &str) -> Option<String> {
        let uses = &self.definition.service(caller)?.uses;
        let is_kind = |service: &ServiceDefinition| {
            let image = service.image.as_ref().map_or("", |image| &image.name);
            !image.is_empty() && (system.starts_with(image) || image.starts_with(system))
        };
        let mut kind = uses
            .iter()
            .filter_map(|used| self.definition.service(&used.service))
            .filter(|service| is_kind(service));
        let only = kind.next()?;
        kind.next().is_none().then(|| only.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Edge;
    use harness_model::definition::{Image, Use};
    use harness_model::topology::RunningEdge;

    fn store(name: &str, image: &str) -> ServiceDefinition {
        let image = Image {
            name: image.to_owned(),
            user: String::new(),
            port: 1,
            url: String::new(),
            env: BTreeMap::new(),
            keeps: Vec::new(),
            scratch: Vec::new(),
        };
        ServiceDefinition {
            name: name.to_owned(),
            image: Some(image),
            ..ServiceDefinition::default()
        }
    }

    fn definition() -> TargetDefinition {
        let used = |service: &str| Use {
            service: service.to_owned(),
            args: Vec::new(),
        };
        let order = ServiceDefinition {
            name: "order".to_owned(),
            hosts: vec!["basket".to_owned()],
            uses: vec![used("rows"), used("bus")],
            ..ServiceDefinition::default()
        };
        TargetDefinition {
            services: vec![order, store("rows", "postgres"), store("bus", "rabbitmq")],
            ..TargetDefinition::default()
        }
    }

    #[test]
    fn a_peer_is_found_by_its_name_its_address_or_the_only_engine_of_its_kind() {
        let mut strings = Strings::default();
        let caller = strings.intern("order");
        let edge = |callee: &str, proxy: &str, upstream: &str| RunningEdge {
            edge: Edge::new("order", callee),
            proxy: Some(proxy.to_owned()),
            upstream: upstream.to_owned(),
            instance: None,
        };
        let topology = Topology {
            edges: vec![edge("rows", "10.0.0.1:7", "10.0.0.2:5432")],
            ..Topology::default()
        };
        let definition = definition();
        for (stated, service) in [
            ("basket", "order"),
            ("10.0.0.1:7", "rows"),
            ("10.0.0.2:5432", "rows"),
            ("bus:5672", "bus"),
            ("postgresql", "rows"),
            ("rabbitmq", "bus"),
            ("mysql", "mysql"),
            ("api.example:443", "api.example:443"),
        ] {
            let peer = strings.intern(stated);
            let directory = Directory {
                strings: &strings,
                definition: &definition,
                topology: Some(&topology),
            };
            assert_eq!(directory.service(caller, peer), service, "{stated}");
        }
    }
}
