//! Processes as faults see them: their identity, their state, and signals to them.
//!
//! A pid may be reused; a pid with its start time may not. Signals go through a pidfd for the same
//! reason. It must not know services or deployers.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use harness_model::{Impairment, InstanceId};
use rustix::process::{
    Pid, PidfdFlags, Signal, getpgid, kill_process_group, pidfd_open, pidfd_send_signal,
};
use tokio::time::{sleep, timeout};

/// A signal must have shown its effect within this time.
const VERIFY_LIMIT: Duration = Duration::from_secs(2);

/// What the injector needs from the runtime of the target: the process of each instance. Errors are
/// text for a person.
#[async_trait]
pub trait Processes: Send + Sync {
    /// The present pid of an instance; `None` while it is down.
    fn pid(&self, instance: &InstanceId) -> Option<u32>;

    /// Sends SIGKILL or SIGTERM and waits until the instance is gone; one that ignores SIGTERM is
    /// killed. The exit is expected and is not reported.
    async fn end(&self, instance: &InstanceId, by: Signal) -> Result<(), String>;

    /// Starts it again at the same address and returns its pid, without waiting for readiness.
    async fn restart(&self, instance: &InstanceId) -> Result<u32, String>;

    /// Waits until it is ready; false when the time is over.
    async fn ready(&self, instance: &InstanceId, within: Duration) -> bool;

    /// Impairs it; returns once the effect is verified.
    async fn impair(&self, _: &InstanceId, who: Identity, what: Impairment) -> Result<(), String> {
        match what {
            Impairment::Frozen => stop(who).await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => Err("only a container can be impaired like this".into()),
        }
    }

    /// Lifts an impairment, also from an instance that has died; returns once that is verified. For
    /// a frozen process that has died it is an error.
    async fn repair(&self, _: &InstanceId, who: Identity, what: Impairment) -> Result<(), String> {
        match what {
            Impairment::Frozen => resume(who).await,
            Impairment::CpuQuota { .. }
            | Impairment::MemoryLimit { .. }
            | Impairment::Disconnected => Ok(()),
        }
    }
}

/// Tells a process from a later one with the same pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    pub pid: u32,
    /// Clock ticks from boot to its start, field 22 of `/proc/PID/stat`.
    pub start_time: u64,
}

/// What `/proc` says about a living process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// `R`, `S`, `T`, `Z`, ...
    pub state: char,
    pub start_time: u64,
}

impl Status {
    /// Frozen by SIGSTOP.
    pub fn is_stopped(self) -> bool {
        self.state == 'T'
    }

    /// Neither dead nor a zombie.
    pub fn is_alive(self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// `None` when there is no such process.
pub fn status(pid: u32) -> Option<Status> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The command's name may hold blanks and parentheses, so fields are counted from the last `)`.
fn parse_stat(stat: &str) -> Option<Status> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let start_time = fields.nth(18)?.parse().ok()?;
    Some(Status { state, start_time })
}

impl Identity {
    /// Of a running process.
    pub fn of(pid: u32) -> Option<Identity> {
        let start_time = status(pid)?.start_time;
        Some(Identity { pid, start_time })
    }

    /// True while this very process lives; a zombie counts as dead.
    pub fn is_alive(self) -> bool {
        status(self.pid)
            .is_some_and(|status| status.is_alive() && status.start_time == self.start_time)
    }

    /// Kills this very process, frozen or not, and the group it leads. False when it was gone.
    pub fn end(self) -> bool {
        let Ok(fd) = open(self.pid) else {
            return false;
        };
        if !self.is_alive() {
            return false;
        }
        if let Some(pid) = raw(self.pid)
            && getpgid(Some(pid)) == Ok(pid)
        {
            let _ = kill_process_group(pid, Signal::CONT);
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = pidfd_send_signal(&fd, Signal::CONT);
        // This fails only when the process has just ended by itself.
        let _ = pidfd_send_signal(&fd, Signal::KILL);
        true
    }
}

/// Freezes by SIGSTOP.
pub async fn stop(who: Identity) -> Result<(), String> {
    freeze(who.pid).map_err(|error| error.to_string())?;
    match eventually(|| status(who.pid).is_some_and(Status::is_stopped)).await {
        true => Ok(()),
        false => Err("it did not stop".into()),
    }
}

/// Thaws by SIGCONT.
pub async fn resume(who: Identity) -> Result<(), String> {
    if who.is_alive() {
        thaw(who.pid).map_err(|error| error.to_string())?;
    }
    let runs = || who.is_alive() && status(who.pid).is_some_and(|status| !status.is_stopped());
    match eventually(runs).await {
        true => Ok(()),
        false => Err("it does not run again".into()),
    }
}

/// Polls a condition; false when it is not met within [`VERIFY_LIMIT`].
async fn eventually(condition: impl Fn() -> bool) -> bool {
    let poll = async {
        while !condition() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(VERIFY_LIMIT, poll).await.is_ok()
}

/// SIGSTOP: the process keeps its sockets and answers nothing.
pub fn freeze(pid: u32) -> io::Result<()> {
    pidfd_send_signal(open(pid)?, Signal::STOP).map_err(io::Error::from)
}

/// SIGCONT: the process continues, with the requests that were queued.
pub fn thaw(pid: u32) -> io::Result<()> {
    pidfd_send_signal(open(pid)?, Signal::CONT).map_err(io::Error::from)
}

fn open(pid: u32) -> io::Result<std::os::fd::OwnedFd> {
    let pid = raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
    pidfd_open(pid, PidfdFlags::empty()).map_err(io::Error::from)
}

fn raw(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) T 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2";
        let status = parse_stat(stat).unwrap();
        assert!(status.is_stopped());
        assert_eq!(status.start_time, 987_654);
    }

    #[test]
    fn another_start_time_is_another_process_and_is_not_ended() {
        let me = Identity::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        let other = Identity {
            start_time: me.start_time + 1,
            ..me
        };
        assert!(!other.is_alive());
        assert!(!other.end());
    }
}
