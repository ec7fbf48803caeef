//! Everything that runs for one instance: its first process and whatever that has started.
//!
//! A signal to the first process alone misses the server behind a wrapper, the workers of a prefork
//! server and a daemon in a session of its own. It must not know how an instance is started.

use std::time::Duration;

use harness_process::{Identity, Table};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

/// Pause between two looks at the process table.
const PAUSE: Duration = Duration::from_millis(2);

/// A signal must have shown its effect within this time.
const VERIFY_LIMIT: Duration = Duration::from_secs(2);

/// Rounds of SIGKILL where nobody can wait: a process may fork between two looks.
const KILL_ROUNDS: usize = 5;

/// How the processes of an instance are found.
#[derive(Debug, Clone)]
pub struct Members {
    /// The process that was started for it, also after its end: its group outlives it.
    pub leader: Option<Identity>,
    /// What all of them carry in their environment.
    pub mark: String,
}

impl Members {
    /// Those that live, parents before their children.
    pub fn living(&self) -> Vec<Identity> {
        let table = Table::read();
        let found = table.of_instance(self.leader, Some(&self.mark));
        let alive = found.into_iter().filter(|one| one.is_alive());
        alive.map(|one| one.identity()).collect()
    }

    /// Sends a signal to all; a supervisor gets it before those whom it would start again.
    pub fn signal(&self, signal: Signal) {
        for who in self.living() {
            // This fails only when it has just ended.
            let _ = who.signal(signal);
        }
    }

    /// Most members are in the leader's group, and it takes no look at the process table to reach
    /// them: a fault is on when it is planned.
    pub fn signal_first(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            leader.signal_group(signal);
        }
    }

    /// Kills until nobody is left; false when the time is over.
    pub async fn kill(&self, within: Duration) -> bool {
        self.repeat(Signal::KILL, within, |_| true).await
    }

    /// Waits until nobody is left; false when the time is over.
    pub async fn ended(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while !self.living().is_empty() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(PAUSE).await;
        }
        true
    }

    /// Kills without waiting.
    pub fn kill_now(&self) {
        for _ in 0..KILL_ROUNDS {
            self.signal(Signal::KILL);
        }
    }

    /// SIGSTOP: they keep their sockets and answer nothing. Returns once all of them stand still.
    pub async fn freeze(&self) -> Result<(), String> {
        self.signal_first(Signal::STOP);
        let frozen = self
            .repeat(Signal::STOP, VERIFY_LIMIT, |who| !who.is_stopped())
            .await;
        match frozen {
            true if self.living().is_empty() => Err("none of its processes runs".into()),
            true => Ok(()),
            false => Err("not all of its processes stopped".into()),
        }
    }

    /// SIGCONT: they continue, with the requests that were queued. Those at the bottom first, so
    /// that no supervisor finds a worker that seems to have hung.
    pub async fn thaw(&self) -> Result<(), String> {
        self.thaw_now();
        let thawed = self
            .repeat(Signal::CONT, VERIFY_LIMIT, |who| who.is_stopped())
            .await;
        match thawed {
            true if self.living().is_empty() => Err("it does not run any more".into()),
            true => Ok(()),
            false => Err("not all of its processes run again".into()),
        }
    }

    /// As [`thaw`](Self::thaw), without waiting.
    pub fn thaw_now(&self) {
        for who in self.living().into_iter().rev() {
            let _ = who.signal(Signal::CONT);
        }
    }

    /// Sends a signal to those who need it until nobody does; false when the time is over.
    async fn repeat(
        &self,
        signal: Signal,
        within: Duration,
        needs_it: impl Fn(&Identity) -> bool,
    ) -> bool {
        let deadline = Instant::now() + within;
        loop {
            let mut left = self.living();
            left.retain(&needs_it);
            if left.is_empty() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            for who in left {
                let _ = who.signal(signal);
            }
            sleep(PAUSE).await;
        }
    }
}
