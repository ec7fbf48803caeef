//! Targets of tiny services come up, break, come back and go down with nothing left behind.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use harness_deploy::{DeployError, Deployment, DeploymentNetwork, InstanceLayout, Layout, Paths};
use harness_model::definition::{Ready, ServiceDefinition, TargetDefinition};
use harness_model::plan::{Runtime, TargetPlan};
use harness_model::{Edge, EventKind, InstanceId, Seed};
use tokio::sync::mpsc;

/// Serves HTTP on the port of `{listen}`.
const SERVE: &str = "a=$1; exec python3 -m http.server ${a##*:} --bind 127.0.0.1";

fn service(name: &str, script: &str, calls: &[&str]) -> ServiceDefinition {
    ServiceDefinition {
        name: name.into(),
        hosts: vec![name.into()],
        command: ["sh", "-c", script, name, "{listen}"]
            .map(String::from)
            .to_vec(),
        route_args: vec!["--{callee}={url}".into()],
        calls: calls.iter().map(|&callee| callee.into()).collect(),
        ready: Ready::Path("/".into()),
        ..ServiceDefinition::default()
    }
}

fn target(services: Vec<ServiceDefinition>) -> TargetPlan {
    TargetPlan {
        runtime: Runtime::Process,
        shape: "tiny".into(),
        definition: TargetDefinition {
            format: "1.0".into(),
            name: "tiny".into(),
            stores: String::new(),
            entry: services[0].name.clone(),
            prepare: Vec::new(),
            settings: Default::default(),
            services,
            ..TargetDefinition::default()
        },
        settings: Default::default(),
        url: None,
        ready_within_ns: 20_000_000_000,
        nice: 1,
    }
}

async fn loopback() -> DeploymentNetwork {
    DeploymentNetwork::create(Runtime::Process, "unused")
        .await
        .unwrap()
}

async fn up(
    target: &TargetPlan,
    seed: u64,
    folder: &Path,
) -> (
    Result<Deployment, DeployError>,
    mpsc::UnboundedReceiver<EventKind>,
) {
    let network = loopback().await;
    let layout = Layout::plan(target, &[], Seed(seed), &network).unwrap();
    up_as(layout, network, target, folder).await
}

async fn up_as(
    layout: Layout,
    network: DeploymentNetwork,
    target: &TargetPlan,
    folder: &Path,
) -> (
    Result<Deployment, DeployError>,
    mpsc::UnboundedReceiver<EventKind>,
) {
    let (events, received) = mpsc::unbounded_channel();
    let paths = Paths {
        exe: "/bin/true".into(),
        data: folder.join("data"),
        cache: folder.join("cache"),
        logs: folder.join("logs"),
        settings: folder.join("settings"),
    };
    let deploying = harness_deploy::up(network, layout, target, &paths, "", Seed(1), events);
    (deploying.await, received)
}

fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

#[tokio::test]
async fn a_killed_service_comes_back_at_its_address_and_all_is_gone_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let plan = target(vec![
        service("front", SERVE, &["back"]),
        service("back", SERVE, &[]),
    ]);
    let (deployed, mut received) = up(&plan, 1, folder.path()).await;
    let deployment = deployed.unwrap();
    let back = InstanceId::new("back");
    let address = || {
        let topology = deployment.topology();
        let service = topology.service("back").unwrap();
        service.instances[0].address.clone()
    };
    let first_address = address();
    let first = deployment.pid(&back).unwrap();

    deployment.kill(&back).await.unwrap();
    assert_eq!(deployment.pid(&back), None);
    assert!(!exists(first));
    let second = deployment.restart(&back).await.unwrap();
    assert_ne!(first, second);
    assert!(deployment.ready("back", Duration::from_secs(20)).await);
    assert_eq!(address(), first_address);

    let front = deployment.pid(&InstanceId::new("front")).unwrap();
    assert!(deployment.down().await.is_empty());
    assert!(!exists(front) && !exists(second));
    while let Ok(event) = received.try_recv() {
        assert!(
            !matches!(event, EventKind::ServiceExited { .. }),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn a_service_that_ends_early_is_named_with_its_last_log_lines_and_the_others_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let dying = "echo first; echo the last line >&2; exit 3";
    let plan = target(vec![
        service("front", SERVE, &[]),
        service("back", dying, &[]),
    ]);
    let (deployed, mut received) = up(&plan, 2, folder.path()).await;
    let message = deployed.unwrap_err().to_string();
    assert!(
        message.contains("back") && message.contains("the last line"),
        "{message}"
    );
    while let Some(event) = received.recv().await {
        if let EventKind::ServiceStarted { pid, .. } = event {
            assert!(!exists(pid));
        }
    }
}

#[tokio::test]
async fn an_unexpected_exit_is_reported_and_dropping_the_deployment_kills_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let plan = target(vec![service("front", SERVE, &[])]);
    let (deployed, mut received) = up(&plan, 3, folder.path()).await;
    let deployment = deployed.unwrap();
    let front = InstanceId::new("front");
    let pid = deployment.pid(&front).unwrap();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status();
    assert!(killed.unwrap().success());
    let exited = async {
        while let Some(event) = received.recv().await {
            if let EventKind::ServiceExited {
                service, instance, ..
            } = event
            {
                return format!("{service}/{instance}");
            }
        }
        String::new()
    };
    assert_eq!(exited.await, "front/front");

    let pid = deployment.restart(&front).await.unwrap();
    drop(deployment);
    let gone = async {
        while exists(pid) {
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(2), gone)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn one_of_two_instances_is_killed_and_the_other_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = target(vec![
        service("front", SERVE, &["back"]),
        service("back", SERVE, &[]),
    ]);
    // The instance says its name in its log.
    let says_its_name = format!("echo I am $OTEL_RESOURCE_ATTRIBUTES; {SERVE}");
    plan.definition.services[1].command[2] = says_its_name;
    let network = loopback().await;
    let mut layout = Layout::plan(&plan, &[], Seed(7), &network).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let (first, second) = (InstanceId::new("back"), InstanceId::new("back-2"));
    layout.services[1].instances.push(InstanceLayout {
        id: second.clone(),
        address: address.clone(),
        listen: address,
        container: None,
    });
    let (deployed, _received) = up_as(layout, network, &plan, folder.path()).await;
    let deployment = deployed.unwrap();
    let topology = deployment.topology();
    let ids = topology.service("back").unwrap().instances.iter();
    let ids: Vec<_> = ids.map(|instance| instance.id.clone()).collect();
    assert_eq!(ids, [first.clone(), second.clone()]);
    let logged = std::fs::read_to_string(folder.path().join("logs/back-2.log")).unwrap();
    assert!(logged.contains("service.instance.id=back-2\n"), "{logged}");

    let survivor = deployment.pid(&first).unwrap();
    deployment.kill(&second).await.unwrap();
    let moment = Duration::from_millis(200);
    assert_eq!(deployment.pid(&first), Some(survivor));
    assert!(deployment.instance_ready(&first, moment).await);
    assert!(!deployment.instance_ready(&second, moment).await);
    assert!(!deployment.ready("back", moment).await);
    deployment.restart(&second).await.unwrap();
    assert!(deployment.ready("back", Duration::from_secs(20)).await);
    assert!(deployment.down().await.is_empty());
}

#[tokio::test]
async fn a_failed_preparation_shows_its_log_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = target(vec![service("front", SERVE, &[])]);
    plan.definition.prepare = ["sh", "-c", "echo no room >&2; exit 1"]
        .map(String::from)
        .to_vec();
    let (deployed, mut received) = up(&plan, 4, folder.path()).await;
    assert!(deployed.unwrap_err().to_string().contains("no room"));
    assert_eq!(received.recv().await, Some(EventKind::TargetPreparing));
    assert_eq!(received.recv().await, None);
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_service() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut front = service("front", SERVE, &[]);
    front.port = Some(port);
    let error = Layout::plan(&target(vec![front]), &[], Seed(5), &loopback().await).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("listen on port {port} for service front: it is taken")
    );
}

#[tokio::test]
async fn callers_are_routed_through_the_proxy_of_their_edge_and_to_the_callee_otherwise() {
    let plan = target(vec![
        service("front", SERVE, &["back", "side"]),
        service("back", SERVE, &[]),
        service("side", SERVE, &[]),
    ]);
    let proxied = [Edge::new("front", "back"), Edge::new(Edge::CLIENT, "front")];
    let layout = Layout::plan(&plan, &proxied, Seed(6), &loopback().await).unwrap();
    let edge = |callee: &str| {
        layout
            .edges
            .iter()
            .find(|edge| edge.edge.callee == callee)
            .unwrap()
    };
    let url = |address: &str| format!("http://{address}");
    let proxy = |callee: &str| url(edge(callee).proxy.as_ref().unwrap());
    assert_eq!(layout.base_url, proxy("front"));
    let routes = &layout.services[0].routes;
    assert_eq!(routes[0].callee, "back");
    assert_eq!(routes[0].url, proxy("back"));
    assert_eq!(routes[1].url, url(&layout.services[2].instances[0].address));
    assert_eq!(edge("side").proxy, None);
    assert_eq!(edge("side").instance, Some(InstanceId::new("side")));
}
