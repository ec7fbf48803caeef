//! One process, told from a later one with the same id.
//!
//! A pid may be reused; a pid with its start time may not. Signals go through a pidfd for the same
//! reason.

use std::io;

use rustix::process::{
    Pid, PidfdFlags, Signal, getpgid, kill_process_group, pidfd_open, pidfd_send_signal,
};

use crate::entry::Entry;

/// Tells a process from a later one with the same pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    pub pid: u32,
    /// Clock ticks from boot to its start, field 22 of `/proc/PID/stat`.
    pub start_time: u64,
}

/// What `/proc` says about a process.
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
    let Entry {
        state, start_time, ..
    } = Entry::read(pid)?;
    Some(Status { state, start_time })
}

impl Entry {
    pub fn identity(&self) -> Identity {
        Identity {
            pid: self.pid,
            start_time: self.start_time,
        }
    }
}

impl Identity {
    /// Of a running process.
    pub fn of(pid: u32) -> Option<Identity> {
        let start_time = status(pid)?.start_time;
        Some(Identity { pid, start_time })
    }

    /// What `/proc` says about this very process; `None` when it is gone.
    pub fn status(self) -> Option<Status> {
        status(self.pid).filter(|status| status.start_time == self.start_time)
    }

    /// True while this very process lives; a zombie counts as dead.
    pub fn is_alive(self) -> bool {
        self.status().is_some_and(Status::is_alive)
    }

    /// True while this very process lives and is frozen.
    pub fn is_stopped(self) -> bool {
        self.status().is_some_and(Status::is_stopped)
    }

    /// Sends a signal to this very process and to no other.
    ///
    /// # Errors
    /// When it is gone, or belongs to somebody else.
    pub fn signal(self, signal: Signal) -> io::Result<()> {
        let pid = raw(self.pid).ok_or(io::ErrorKind::InvalidInput)?;
        let fd = pidfd_open(pid, PidfdFlags::empty())?;
        // The descriptor names whoever has the pid now; the start time says whether it is the one.
        if !self.is_alive() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(pidfd_send_signal(&fd, signal)?)
    }

    /// Sends a signal to the group that this very process leads, at once; nothing where it leads
    /// none.
    pub fn signal_group(self, signal: Signal) {
        if let Some(pid) = raw(self.pid)
            && self.is_alive()
            && getpgid(Some(pid)) == Ok(pid)
        {
            // This fails only when the group has just ended.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Kills this very process, frozen or not, and the group it leads. False when it was gone.
    pub fn end(self) -> bool {
        if !self.is_alive() {
            return false;
        }
        self.signal_group(Signal::CONT);
        self.signal_group(Signal::KILL);
        let _ = self.signal(Signal::CONT);
        // This fails only when the process has just ended by itself.
        let _ = self.signal(Signal::KILL);
        true
    }
}

fn raw(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(other.signal(Signal::KILL).is_err());
    }
}
