//! The one thread that starts processes.
//!
//! A child with a parent-death signal dies when the *thread* that started it ends, not only when
//! the process does. So this thread starts every child, and lives as long as the target.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc;

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, nice, set_parent_process_death_signal, setrlimit,
};
use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

type Request = (Command, oneshot::Sender<io::Result<Child>>);

/// Dropping it ends the thread and thereby every child that still runs.
#[derive(Debug)]
pub struct Spawner {
    requests: mpsc::Sender<Request>,
    /// What a process may hold open when nobody raises it; the harness does, for itself.
    open_files: Rlimit,
}

impl Spawner {
    pub fn start() -> io::Result<Spawner> {
        let (requests, inbox) = mpsc::channel::<Request>();
        let runtime = Handle::current();
        std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || {
                let _entered = runtime.enter();
                for (command, reply) in inbox {
                    let spawned = tokio::process::Command::from(command)
                        .kill_on_drop(true)
                        .spawn();
                    // If nobody waits any more, the child is dropped and thereby killed.
                    let _ = reply.send(spawned);
                }
            })?;
        Ok(Spawner {
            requests,
            open_files: getrlimit(Resource::Nofile),
        })
    }

    /// Starts a process in a group of its own that cannot outlive the harness.
    pub async fn spawn(&self, mut command: Command, niceness: i8) -> io::Result<Child> {
        command.process_group(0);
        bind_to_harness(&mut command, niceness, self.open_files);
        let (reply, spawned) = oneshot::channel();
        let gone = || io::Error::other("the spawner thread has ended");
        self.requests.send((command, reply)).map_err(|_| gone())?;
        spawned.await.map_err(|_| gone())?
    }
}

#[expect(unsafe_code, reason = "the only way to run code between fork and exec")]
fn bind_to_harness(command: &mut Command, niceness: i8, open_files: Rlimit) {
    let before_exec = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        nice(i32::from(niceness))?;
        setrlimit(Resource::Nofile, open_files)?;
        Ok(())
    };
    // SAFETY: three system calls on plain values; nothing is allocated, locked or shared.
    unsafe {
        command.pre_exec(before_exec);
    }
}
