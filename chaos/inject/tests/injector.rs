//! Faults of instances take effect, are healed once, and leave nothing.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chaos_inject::{EdgeProxy, FaultError, Impairs, Injector, Processes, process};
use harness_model::topology::{RunningInstance, RunningService};
use harness_model::{
    Edge, FaultKind, FaultPlan, FaultTarget, InstanceId, InstanceSelection, Offset, Seed, Topology,
};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// The instances of the service `cart`: sleeping processes, and the signals that ended them.
struct Sleepers {
    running: Mutex<BTreeMap<InstanceId, Child>>,
    signals: Mutex<Vec<Signal>>,
}

impl Sleepers {
    fn start(count: usize) -> Arc<Sleepers> {
        let ids = InstanceId::of_service("cart", count).into_iter();
        Arc::new(Sleepers {
            running: Mutex::new(ids.map(|id| (id, Sleepers::child())).collect()),
            signals: Mutex::default(),
        })
    }

    fn child() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn injector(self: &Arc<Sleepers>, proxies: Vec<EdgeProxy>) -> Injector {
        let instance = |id: &InstanceId| RunningInstance {
            id: id.clone(),
            address: String::new(),
            metrics: None,
            container: None,
            pid: self.pid(id),
        };
        let ids: Vec<_> = self.running.lock().unwrap().keys().cloned().collect();
        let service = RunningService {
            name: "cart".into(),
            hosts: vec!["cart".into()],
            instances: ids.iter().map(instance).collect(),
        };
        let topology = Topology {
            services: vec![service],
            ..Topology::default()
        };
        Injector::new(proxies, topology, self.clone())
    }

    fn end_one(&self, id: &InstanceId) {
        if let Some(mut child) = self.running.lock().unwrap().remove(id) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in self.running.get_mut().unwrap().values_mut() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Impairs for Sleepers {}

#[async_trait]
impl Processes for Sleepers {
    fn pid(&self, instance: &InstanceId) -> Option<u32> {
        self.running.lock().unwrap().get(instance).map(Child::id)
    }

    async fn end(&self, instance: &InstanceId, by: Signal) -> Result<(), String> {
        self.signals.lock().unwrap().push(by);
        self.end_one(instance);
        Ok(())
    }

    async fn restart(&self, instance: &InstanceId) -> Result<u32, String> {
        let child = Sleepers::child();
        self.running.lock().unwrap().insert(instance.clone(), child);
        self.pid(instance).ok_or_else(|| "gone again".into())
    }

    async fn ready(&self, instance: &InstanceId, _: Duration) -> bool {
        self.pid(instance).is_some()
    }
}

fn cart() -> InstanceId {
    InstanceId::new("cart")
}

fn fault(kind: FaultKind) -> FaultPlan {
    fault_on(kind, InstanceSelection::All)
}

fn fault_on(kind: FaultKind, instances: InstanceSelection) -> FaultPlan {
    FaultPlan {
        name: kind.name().into(),
        kind,
        target: FaultTarget::Process {
            service: "cart".into(),
            process: "cart".into(),
            instances,
        },
        at: Offset::ZERO,
        for_ns: 1,
        watched: vec![Edge::new("gateway", "cart")],
    }
}

#[tokio::test]
async fn a_frozen_process_is_stopped_until_it_is_healed_or_the_injection_is_dropped() {
    let sleepers = Sleepers::start(1);
    let pid = sleepers.pid(&cart()).unwrap();
    let injector = sleepers.injector(Vec::new());
    let stopped = || process::status(pid).unwrap().is_stopped();

    let mut injection = injector.inject(&fault(FaultKind::Freeze)).await.unwrap();
    assert!(stopped());
    let healed = injection.heal().await.unwrap();
    assert!(healed.verified && !stopped());
    assert_eq!(injection.heal().await.unwrap().at, healed.at);

    drop(injector.inject(&fault(FaultKind::Freeze)).await.unwrap());
    assert!(!stopped());
}

#[tokio::test]
async fn a_killed_process_is_started_again_by_the_healing() {
    let sleepers = Sleepers::start(1);
    let first = sleepers.pid(&cart());
    let injector = sleepers.injector(Vec::new());
    let mut injection = injector.inject(&fault(FaultKind::Kill)).await.unwrap();
    assert_eq!(sleepers.pid(&cart()), None);
    assert!(injection.heal().await.unwrap().verified);
    let second = sleepers.pid(&cart());
    assert!(second.is_some() && second != first);
}

#[tokio::test]
async fn a_fault_on_a_service_strikes_all_its_instances_and_one_on_an_instance_spares_the_others() {
    let sleepers = Sleepers::start(3);
    let ids = InstanceId::of_service("cart", 3);
    let before: Vec<_> = ids.iter().map(|id| sleepers.pid(id)).collect();
    let running = || ids.iter().filter(|id| sleepers.pid(id).is_some()).count();
    let injector = sleepers.injector(Vec::new());

    let one = InstanceSelection::Named(vec![ids[1].clone()]);
    let plan = fault_on(FaultKind::Kill, one);
    let mut injection = injector.inject(&plan).await.unwrap();
    assert_eq!(sleepers.pid(&ids[1]), None);
    assert_eq!(running(), 2);
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(running(), 3);
    let spared = [0, 2].map(|index| sleepers.pid(&ids[index]));
    assert_eq!(spared, [before[0], before[2]]);

    let mut injection = injector.inject(&fault(FaultKind::Kill)).await.unwrap();
    assert_eq!(running(), 0);
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(running(), 3);
}

#[tokio::test]
async fn a_fault_on_an_instance_that_does_not_exist_is_refused_by_its_name() {
    let sleepers = Sleepers::start(2);
    let missing = InstanceSelection::Named(vec![InstanceId::new("cart-3")]);
    let plan = fault_on(FaultKind::Kill, missing);
    let refused = sleepers.injector(Vec::new()).inject(&plan).await.err();
    assert!(matches!(refused, Some(FaultError::NoInstance(name)) if name == "cart-3"));
}

#[tokio::test(start_paused = true)]
async fn a_restart_sends_one_sigterm_and_the_process_is_back_before_the_healing() {
    let sleepers = Sleepers::start(1);
    let first = sleepers.pid(&cart());
    let injector = sleepers.injector(Vec::new());
    let mut injection = injector.inject(&fault(FaultKind::Restart)).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    let second = sleepers.pid(&cart());
    assert!(second.is_some() && second != first);
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(sleepers.pid(&cart()), second);
    assert_eq!(*sleepers.signals.lock().unwrap(), [Signal::TERM]);
}

#[tokio::test(start_paused = true)]
async fn a_process_in_a_crash_loop_is_killed_periodically_and_runs_after_the_healing() {
    let sleepers = Sleepers::start(1);
    let injector = sleepers.injector(Vec::new());
    let kind = FaultKind::CrashLoop {
        every_ns: 2_000_000_000,
    };
    let mut injection = injector.inject(&fault(kind)).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(*sleepers.signals.lock().unwrap(), [Signal::KILL; 3]);
    sleep(Duration::from_secs(5)).await;
    let signals = sleepers.signals.lock().unwrap().len();
    assert_eq!(signals, 3, "the loop has ended");
    assert!(sleepers.pid(&cart()).is_some());
}

#[tokio::test]
async fn a_bare_process_refuses_faults_that_need_a_container() {
    let sleepers = Sleepers::start(1);
    let injector = sleepers.injector(Vec::new());
    for kind in [FaultKind::Cpu { cores: 0.1 }, FaultKind::Disconnect] {
        let refused = injector.inject(&fault(kind)).await.err().unwrap();
        assert!(matches!(refused, FaultError::Process { .. }));
    }
}

#[tokio::test]
async fn a_network_fault_needs_a_proxy_on_each_of_its_edges() {
    let sleepers = Sleepers::start(1);
    let bare = sleepers.injector(Vec::new());
    let missing = bare.inject(&fault(FaultKind::Hang)).await.err().unwrap();
    assert!(matches!(missing, FaultError::NoProxy(_)));

    let (proxy, _) = proxy_to_nobody().await;
    let injector = sleepers.injector(vec![proxy]);
    let mut injection = injector.inject(&fault(FaultKind::Hang)).await.unwrap();
    let healed = injection.heal().await.unwrap();
    assert!(healed.verified);
    assert_eq!(healed.evidence.affected, 0, "there was no traffic");
}

/// A proxy from the gateway to a port that refuses, and its address.
async fn proxy_to_nobody() -> (EdgeProxy, String) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = free.local_addr().unwrap().to_string();
    drop(free);
    let edge = Edge::new("gateway", "cart");
    let proxy = EdgeProxy::open(edge, &listen, "127.0.0.1:9", Seed(1));
    (proxy.await.unwrap(), listen)
}

#[tokio::test]
async fn only_traffic_to_a_struck_instance_is_evidence() {
    let sleepers = Sleepers::start(2);
    let ids = InstanceId::of_service("cart", 2);
    let (mut proxies, mut addresses) = (Vec::new(), Vec::new());
    for id in &ids {
        let (proxy, address) = proxy_to_nobody().await;
        proxies.push(proxy.answered_by(Some(id.clone())));
        addresses.push(address);
    }
    let injector = sleepers.injector(proxies);
    let one = InstanceSelection::Named(vec![ids[1].clone()]);
    let mut injection = injector
        .inject(&fault_on(FaultKind::Kill, one))
        .await
        .unwrap();
    for (address, attempts) in addresses.iter().zip([3, 1]) {
        for _ in 0..attempts {
            let mut caller = TcpStream::connect(address).await.unwrap();
            drop(caller.write_all(b"hello").await);
            drop(caller.read_u8().await.unwrap_err());
        }
    }
    let evidence = injection.heal().await.unwrap().evidence;
    assert_eq!((evidence.eligible, evidence.affected), (1, 1));
}

/// A service that is ready some time after its start, as one on a JVM.
struct SlowStarter {
    inner: Arc<Sleepers>,
    takes: Duration,
    allowed: Duration,
    started: Mutex<Option<tokio::time::Instant>>,
}

impl Impairs for SlowStarter {}

#[async_trait]
impl Processes for SlowStarter {
    fn pid(&self, instance: &InstanceId) -> Option<u32> {
        self.inner.pid(instance)
    }

    async fn end(&self, instance: &InstanceId, by: Signal) -> Result<(), String> {
        self.inner.end(instance, by).await
    }

    async fn restart(&self, instance: &InstanceId) -> Result<u32, String> {
        *self.started.lock().unwrap() = Some(tokio::time::Instant::now());
        self.inner.restart(instance).await
    }

    fn ready_within(&self) -> Duration {
        self.allowed
    }

    async fn ready(&self, _: &InstanceId, within: Duration) -> bool {
        let started = self.started.lock().unwrap().unwrap();
        let left = self.takes.saturating_sub(started.elapsed());
        sleep(left.min(within)).await;
        left <= within
    }
}

#[tokio::test(start_paused = true)]
async fn healing_waits_for_a_slow_start_for_as_long_as_the_target_allows() {
    for (allowed_s, verified) in [(40, true), (12, false)] {
        let inner = Sleepers::start(1);
        let topology = Topology {
            services: vec![RunningService {
                name: "cart".into(),
                hosts: vec!["cart".into()],
                instances: vec![RunningInstance {
                    id: cart(),
                    address: String::new(),
                    metrics: None,
                    container: None,
                    pid: None,
                }],
            }],
            ..Topology::default()
        };
        let slow = SlowStarter {
            inner,
            takes: Duration::from_secs(13),
            allowed: Duration::from_secs(allowed_s),
            started: Mutex::default(),
        };
        let injector = Injector::new(Vec::new(), topology, Arc::new(slow));
        let mut injection = injector.inject(&fault(FaultKind::Kill)).await.unwrap();
        let healed = injection.heal().await.unwrap();
        assert_eq!(healed.verified, verified, "{allowed_s} s were allowed");
    }
}
