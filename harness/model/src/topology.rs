//! The target as it runs: services, their instances, addresses and the edges between them.
//!
//! Filled by a deployer, written to the archive as an event, read by everyone else.

use serde::{Deserialize, Serialize};

use crate::fault::{Edge, FaultTarget};
use crate::instance::InstanceId;

/// Where everything is. Addresses are `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Topology {
    /// The name of the service that shoppers talk to.
    pub entry: String,
    /// The base URL that shoppers use: that of a proxy, if there is one on this edge.
    pub base_url: String,
    pub services: Vec<RunningService>,
    pub edges: Vec<RunningEdge>,
}

/// A service as it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredService", into = "StoredService")]
pub struct RunningService {
    pub name: String,
    /// The logical services that live in it.
    pub hosts: Vec<String>,
    pub instances: Vec<RunningInstance>,
}

/// One process or container of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunningInstance {
    pub id: InstanceId,
    /// Its own listening address.
    pub address: String,
    /// URL of its Prometheus metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// The container it runs in, if it runs in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The pid on this machine of the process, or of the container's first process.
    pub pid: Option<u32>,
}

/// A call path to one instance of the callee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunningEdge {
    #[serde(flatten)]
    pub edge: Edge,
    /// The proxy's listening address when the edge has one.
    pub proxy: Option<String>,
    /// The callee's own address, to which a proxy passes traffic on.
    pub upstream: String,
    /// The instance that answers at `upstream`, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
}

impl Topology {
    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&RunningService> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Every instance with its service.
    pub fn instances(&self) -> impl Iterator<Item = (&RunningService, &RunningInstance)> {
        self.services.iter().flat_map(|service| {
            let instances = service.instances.iter();
            instances.map(move |instance| (service, instance))
        })
    }

    /// The instances that a fault strikes; none for a fault on an edge.
    ///
    /// # Errors
    /// The name of the service or instance that does not exist.
    pub fn struck(&self, target: &FaultTarget) -> Result<Vec<InstanceId>, String> {
        let FaultTarget::Process {
            process, instances, ..
        } = target
        else {
            return Ok(Vec::new());
        };
        let service = self.service(process).ok_or_else(|| process.clone())?;
        let all: Vec<InstanceId> = service.instances.iter().map(|one| one.id.clone()).collect();
        instances.among(&all).map_err(|unknown| unknown.to_string())
    }
}

/// A service as run folders hold it. Format 1.0 had a single instance without an id, whose fields
/// stay for its readers: they are those of the first instance.
#[derive(Serialize, Deserialize)]
struct StoredService {
    name: String,
    hosts: Vec<String>,
    address: Option<String>,
    pid: Option<u32>,
    /// The path alone.
    metrics: Option<String>,
    #[serde(default)]
    instances: Vec<RunningInstance>,
}

impl From<RunningService> for StoredService {
    fn from(service: RunningService) -> StoredService {
        let first = service.instances.first();
        let path = |instance: &RunningInstance| {
            let url = instance.metrics.as_deref()?;
            let path = url.split_once(&instance.address)?.1;
            Some(path.to_owned())
        };
        StoredService {
            address: first.map(|instance| instance.address.clone()),
            pid: first.and_then(|instance| instance.pid),
            metrics: first.and_then(path),
            name: service.name,
            hosts: service.hosts,
            instances: service.instances,
        }
    }
}

impl From<StoredService> for RunningService {
    fn from(stored: StoredService) -> RunningService {
        let mut instances = stored.instances;
        if let (true, Some(address)) = (instances.is_empty(), stored.address) {
            let url = |path: String| format!("http://{address}{path}");
            instances.push(RunningInstance {
                id: InstanceId::new(&stored.name),
                metrics: stored.metrics.map(url),
                container: None,
                pid: stored.pid,
                address,
            });
        }
        RunningService {
            name: stored.name,
            hosts: stored.hosts,
            instances,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::InstanceSelection;

    fn topology(service: &str, count: usize) -> Topology {
        let instance = |id| RunningInstance {
            id,
            address: "127.0.0.1:1".to_owned(),
            metrics: None,
            container: None,
            pid: None,
        };
        let ids = InstanceId::of_service(service, count);
        Topology {
            services: vec![RunningService {
                name: service.to_owned(),
                hosts: vec![service.to_owned()],
                instances: ids.into_iter().map(instance).collect(),
            }],
            ..Topology::default()
        }
    }

    fn on(process: &str, instances: InstanceSelection) -> FaultTarget {
        FaultTarget::Process {
            service: process.to_owned(),
            process: process.to_owned(),
            instances,
        }
    }

    #[test]
    fn a_fault_on_a_service_strikes_all_its_instances_and_one_on_an_instance_only_that_one() {
        let topology = topology("cart", 3);
        let all = InstanceId::of_service("cart", 3);
        let everywhere = on("cart", InstanceSelection::All);
        assert_eq!(topology.struck(&everywhere), Ok(all.clone()));
        let one = InstanceSelection::Named(vec![all[1].clone()]);
        assert_eq!(topology.struck(&on("cart", one)), Ok(vec![all[1].clone()]));
        let edge = FaultTarget::Edge(Edge::new("front", "cart"));
        assert_eq!(topology.struck(&edge), Ok(Vec::new()));
    }

    #[test]
    fn a_fault_on_a_missing_service_or_instance_names_it() {
        let topology = topology("cart", 1);
        let elsewhere = on("order", InstanceSelection::All);
        assert_eq!(topology.struck(&elsewhere), Err("order".to_owned()));
        let missing = InstanceSelection::Named(vec![InstanceId::new("cart-2")]);
        let missing = topology.struck(&on("cart", missing));
        assert_eq!(missing, Err("cart-2".to_owned()));
    }

    #[test]
    fn a_service_of_format_1_0_has_one_instance_and_its_readers_find_their_fields_again() {
        let old = serde_json::json!({
            "name": "cart", "hosts": ["cart"], "address": "127.0.0.1:7", "pid": 42,
            "metrics": "/metrics"
        });
        let service: RunningService = serde_json::from_value(old.clone()).unwrap();
        let [instance] = &service.instances[..] else {
            panic!("{service:?}");
        };
        assert_eq!(instance.id, InstanceId::new("cart"));
        assert_eq!(instance.pid, Some(42));
        let url = Some("http://127.0.0.1:7/metrics");
        assert_eq!(instance.metrics.as_deref(), url);
        let now = serde_json::to_value(&service).unwrap();
        for (field, value) in old.as_object().unwrap() {
            assert_eq!(&now[field], value);
        }
        let again: RunningService = serde_json::from_value(now).unwrap();
        assert_eq!(again, service);
    }
}
