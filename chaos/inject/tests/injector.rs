//! Faults of processes take effect, are healed once, and leave nothing.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chaos_inject::{EdgeProxy, FaultError, Injector, Processes, process};
use harness_model::{Edge, FaultKind, FaultPlan, FaultTarget, Offset, Seed};
use rustix::process::Signal;
use tokio::time::sleep;

/// A single sleeping process, under any name, and the signals that ended it.
struct Sleeper(Mutex<Option<Child>>, Mutex<Vec<Signal>>);

impl Sleeper {
    fn start() -> Arc<Sleeper> {
        Arc::new(Sleeper(
            Mutex::new(Some(Sleeper::child())),
            Mutex::default(),
        ))
    }

    fn child() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    fn end_it(&self) {
        if let Some(mut child) = self.0.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.end_it();
    }
}

#[async_trait]
impl Processes for Sleeper {
    fn pid(&self, _: &str) -> Option<u32> {
        self.0.lock().unwrap().as_ref().map(Child::id)
    }

    async fn end(&self, _: &str, by: Signal) -> Result<(), String> {
        self.1.lock().unwrap().push(by);
        self.end_it();
        Ok(())
    }

    async fn restart(&self, process: &str) -> Result<u32, String> {
        *self.0.lock().unwrap() = Some(Sleeper::child());
        self.pid(process).ok_or_else(|| "gone again".into())
    }

    async fn ready(&self, process: &str, _: Duration) -> bool {
        self.pid(process).is_some()
    }
}

fn fault(kind: FaultKind) -> FaultPlan {
    FaultPlan {
        name: kind.name().into(),
        kind,
        target: FaultTarget::Process {
            service: "cart".into(),
            process: "cart".into(),
        },
        at: Offset::ZERO,
        for_ns: 1,
        watched: vec![Edge::new("gateway", "cart")],
    }
}

#[tokio::test]
async fn a_frozen_process_is_stopped_until_it_is_healed_or_the_injection_is_dropped() {
    let sleeper = Sleeper::start();
    let pid = sleeper.pid("cart").unwrap();
    let injector = Injector::new(Vec::new(), sleeper.clone());
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
    let sleeper = Sleeper::start();
    let first = sleeper.pid("cart");
    let injector = Injector::new(Vec::new(), sleeper.clone());
    let mut injection = injector.inject(&fault(FaultKind::Kill)).await.unwrap();
    assert_eq!(sleeper.pid("cart"), None);
    assert!(injection.heal().await.unwrap().verified);
    assert!(
        sleeper
            .pid("cart")
            .is_some_and(|second| Some(second) != first)
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_sends_one_sigterm_and_the_process_is_back_before_the_healing() {
    let sleeper = Sleeper::start();
    let first = sleeper.pid("cart");
    let injector = Injector::new(Vec::new(), sleeper.clone());
    let mut injection = injector.inject(&fault(FaultKind::Restart)).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    let second = sleeper.pid("cart");
    assert!(second.is_some() && second != first);
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(sleeper.pid("cart"), second);
    assert_eq!(*sleeper.1.lock().unwrap(), [Signal::TERM]);
}

#[tokio::test(start_paused = true)]
async fn a_process_in_a_crash_loop_is_killed_periodically_and_runs_after_the_healing() {
    let sleeper = Sleeper::start();
    let injector = Injector::new(Vec::new(), sleeper.clone());
    let kind = FaultKind::CrashLoop {
        every_ns: 2_000_000_000,
    };
    let mut injection = injector.inject(&fault(kind)).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert!(injection.heal().await.unwrap().verified);
    assert_eq!(*sleeper.1.lock().unwrap(), [Signal::KILL; 3]);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(sleeper.1.lock().unwrap().len(), 3, "the loop has ended");
    assert!(sleeper.pid("cart").is_some());
}

#[tokio::test]
async fn a_bare_process_refuses_faults_that_need_a_container() {
    let injector = Injector::new(Vec::new(), Sleeper::start());
    for kind in [FaultKind::Cpu { cores: 0.1 }, FaultKind::Disconnect] {
        let refused = injector.inject(&fault(kind)).await.err().unwrap();
        assert!(matches!(refused, FaultError::Process { .. }));
    }
}

#[tokio::test]
async fn a_network_fault_needs_a_proxy_on_each_of_its_edges() {
    let bare = Injector::new(Vec::new(), Sleeper::start());
    let missing = bare.inject(&fault(FaultKind::Hang)).await.err().unwrap();
    assert!(matches!(missing, FaultError::NoProxy(_)));

    let edge = Edge::new("gateway", "cart");
    let proxy = EdgeProxy::open(edge, "127.0.0.1:0", "127.0.0.1:9", Seed(1))
        .await
        .unwrap();
    let injector = Injector::new(vec![proxy], Sleeper::start());
    let mut injection = injector.inject(&fault(FaultKind::Hang)).await.unwrap();
    let healed = injection.heal().await.unwrap();
    assert!(healed.verified);
    assert_eq!(healed.evidence.affected, 0, "there was no traffic");
}
