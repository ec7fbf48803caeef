//! Processes that come to the harness when their parent ends.
//!
//! The harness is the subreaper of all that it starts: a daemon whose parent has ended becomes its
//! child, and so it can be found, also without a mark. Whoever adopts must also bury, or the
//! process table fills up. It must not know instances.

use std::collections::BTreeSet;
use std::time::Duration;

use harness_process::{Identity, Table, mark};
use rustix::process::{Pid, Signal, WaitOptions, getpid, set_child_subreaper, waitpid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

/// A child of the harness's own is waited for at once; an orphan stays a zombie for longer.
const OWN_WAIT: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(2);

/// The orphans of this process, from the moment of its adoption on.
#[derive(Debug)]
pub struct Orphans {
    /// Children that were there before: the guardian, for one.
    others: BTreeSet<Identity>,
}

impl Orphans {
    /// From now on, orphans of what is started come to this process.
    pub fn adopt() -> Orphans {
        // Where the kernel knows no subreaper, orphans go to init and are found by their mark only.
        let _ = set_child_subreaper(Some(getpid()));
        let table = Table::read();
        let others = table.children(std::process::id());
        Orphans {
            others: others.map(|one| one.identity()).collect(),
        }
    }

    /// Waits for orphans that have ended, as long as it is polled.
    pub async fn bury() {
        let Ok(mut ended) = signal(SignalKind::child()) else {
            return;
        };
        let mut seen = BTreeSet::new();
        loop {
            if seen.is_empty() && ended.recv().await.is_none() {
                return;
            }
            sleep(OWN_WAIT).await;
            let zombies = zombies();
            for who in zombies.intersection(&seen) {
                wait_for(*who);
            }
            seen = zombies;
        }
    }

    /// Kills those without a mark, whose instance nobody can tell; false when some are left. The
    /// harness's own helpers are in its process group.
    pub async fn end_unmarked(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            let strays = self.unmarked();
            if strays.is_empty() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            for who in strays {
                let _ = who.signal(Signal::KILL);
            }
            sleep(PAUSE).await;
        }
    }

    fn unmarked(&self) -> Vec<Identity> {
        let table = Table::read();
        let me = std::process::id();
        let own_group = table.get(me).map(|one| one.group);
        let strays = table.children(me).filter(|one| {
            one.is_alive()
                && Some(one.group) != own_group
                && !self.others.contains(&one.identity())
                && mark(one.pid).is_none()
        });
        strays.map(|one| one.identity()).collect()
    }
}

/// Dead children outside of this process's own group.
fn zombies() -> BTreeSet<Identity> {
    let table = Table::read();
    let me = std::process::id();
    let own_group = table.get(me).map(|one| one.group);
    let children = table.children(me);
    let dead = children.filter(|one| one.state == 'Z' && Some(one.group) != own_group);
    dead.map(|one| one.identity()).collect()
}

fn wait_for(who: Identity) {
    let pid = i32::try_from(who.pid).ok().and_then(Pid::from_raw);
    // An error says that somebody else has waited for it.
    let _ = waitpid(pid, WaitOptions::NOHANG);
}
