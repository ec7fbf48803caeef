//! A service is everything that was started for it: a wrapper's server, the workers of a prefork
//! server, and a daemon in a session of its own.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use harness_deploy::{Deployment, DeploymentNetwork, Layout, Paths};
use harness_model::definition::{Ready, ServiceDefinition, TargetDefinition};
use harness_model::plan::{Runtime, TargetPlan};
use harness_model::{Impairment, InstanceId, Seed};
use harness_process::Identity;
use tokio::sync::mpsc;

/// Serves HTTP on the port of `{listen}` and notes its own pid.
const SERVER: &str = "a=$1; echo $$ >>$2/pids; exec python3 -m http.server ${a##*:} --bind \
                      127.0.0.1";

struct Target {
    deployment: Deployment,
    folder: tempfile::TempDir,
}

impl Target {
    /// One service, started by a shell script; `SERVER` stands for a command that serves.
    async fn up(script: &str) -> Target {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        std::fs::write(at.join("server"), SERVER).unwrap();
        let server = format!("sh {}/server $1 {}", at.display(), at.display());
        let script = script.replace("SERVER", &server);
        let service = ServiceDefinition {
            name: "web".into(),
            hosts: vec!["web".into()],
            command: ["sh", "-c", &script, "web", "{listen}"]
                .map(String::from)
                .to_vec(),
            ready: Ready::Path("/".into()),
            ..ServiceDefinition::default()
        };
        let plan = TargetPlan {
            runtime: Runtime::Process,
            shape: "tiny".into(),
            definition: TargetDefinition {
                format: "1.0".into(),
                name: "tiny".into(),
                entry: "web".into(),
                services: vec![service],
                ..TargetDefinition::default()
            },
            settings: Default::default(),
            url: None,
            ready_within_ns: 30_000_000_000,
            nice: 1,
        };
        let network = DeploymentNetwork::create(Runtime::Process, "unused")
            .await
            .unwrap();
        let seed = u64::from(std::process::id()) ^ script.len() as u64;
        let layout = Layout::plan(&plan, &[], Seed(seed), &network).unwrap();
        let paths = Paths {
            exe: "/bin/true".into(),
            data: at.join("data"),
            cache: at.join("cache"),
            logs: at.join("logs"),
            settings: at.join("settings"),
        };
        let (events, _received) = mpsc::unbounded_channel();
        let up = harness_deploy::up(network, layout, &plan, &paths, "", Seed(1), events).await;
        Target {
            deployment: up.unwrap(),
            folder,
        }
    }

    /// The server of the last start, told from later processes with its pid.
    fn server(&self) -> Identity {
        let pids = std::fs::read_to_string(self.pids()).unwrap();
        Identity::of(pids.lines().last().unwrap().parse().unwrap()).unwrap()
    }

    fn pids(&self) -> PathBuf {
        self.folder.path().join("pids")
    }

    fn address(&self) -> SocketAddr {
        let topology = self.deployment.topology();
        let web = topology.service("web").unwrap();
        web.instances[0].address.parse().unwrap()
    }

    fn connects(&self) -> bool {
        TcpStream::connect_timeout(&self.address(), Duration::from_secs(1)).is_ok()
    }
}

fn web() -> InstanceId {
    InstanceId::new("web")
}

const WRAPPED: &str = "SERVER; exit $?";
const IN_ITS_OWN_SESSION: &str = "setsid SERVER & wait $!";
/// Its parent has ended, and nothing of its environment is left.
const DAEMON: &str = "setsid sh -c \"env -i PATH=$PATH SERVER &\"; exec sleep 600";

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_stops_the_server_behind_a_wrapper_and_a_thaw_lets_it_go_on() {
    let target = Target::up(WRAPPED).await;
    let server = target.server();
    assert_ne!(target.deployment.pid(&web()), Some(server.pid));
    let impaired = target.deployment.impair(&web(), Impairment::Frozen).await;
    impaired.unwrap().unwrap();
    assert!(server.is_stopped());
    let repaired = target.deployment.repair(&web(), Impairment::Frozen).await;
    repaired.unwrap().unwrap();
    assert!(server.is_alive() && !server.is_stopped());

    target.deployment.impair(&web(), Impairment::Frozen).await;
    target.deployment.thaw_now(&web());
    let ready = target.deployment.ready("web", Duration::from_secs(10));
    assert!(ready.await);
    assert_eq!(target.deployment.down().await, [""; 0]);
    assert!(!server.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_takes_the_workers_of_a_prefork_server_down_with_it() {
    let prefork = "sh -c 'SERVER' \"\" $1 & sleep 600 & wait";
    let target = Target::up(prefork).await;
    let server = target.server();
    target.deployment.kill(&web()).await.unwrap();
    assert!(!server.is_alive() && !target.connects());
    assert_eq!(target.deployment.down().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_a_session_of_its_own_is_killed_starts_again_and_is_gone_in_the_end() {
    let target = Target::up(IN_ITS_OWN_SESSION).await;
    let first = target.server();
    target.deployment.kill(&web()).await.unwrap();
    assert!(!first.is_alive() && !target.connects());
    target.deployment.restart(&web()).await.unwrap();
    let ready = target.deployment.ready("web", Duration::from_secs(30));
    assert!(ready.await);
    let second = target.server();
    assert_ne!(first, second);

    target.deployment.stop(&web()).await.unwrap();
    assert!(!second.is_alive(), "a graceful end waits for all of it");
    assert_eq!(target.deployment.down().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_without_parent_group_or_environment_is_gone_in_the_end() {
    let target = Target::up(DAEMON).await;
    let daemon = target.server();
    assert_eq!(harness_process::mark(daemon.pid), None);
    assert_eq!(target.deployment.down().await, [""; 0]);
    assert!(!daemon.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrapper_leaves_when_it_is_killed_by_somebody_does_not_keep_its_port() {
    let target = Target::up(WRAPPED).await;
    let first = target.server();
    let leader = Identity::of(target.deployment.pid(&web()).unwrap()).unwrap();
    leader.signal(rustix::process::Signal::KILL).unwrap();
    while target.deployment.pid(&web()).is_some() {
        tokio::task::yield_now().await;
    }
    assert!(first.is_alive());
    target.deployment.restart(&web()).await.unwrap();
    assert!(!first.is_alive());
    let ready = target.deployment.ready("web", Duration::from_secs(30));
    assert!(ready.await);
    let second = target.server();
    assert_eq!(target.deployment.down().await, [""; 0]);
    assert!(!second.is_alive());
}
