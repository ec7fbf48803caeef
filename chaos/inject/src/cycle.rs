//! Ends of a process that are followed by a start while the fault is still on.
//!
//! A task of its own, because the timeline does not wait for a process that takes its time. It
//! must not know when the fault is over; it is told.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::process::Processes;

/// Whatever is under way when the fault ends must be over by then.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// The process goes down and comes up until this is stopped. Dropped, it is left as it is.
pub struct Cycle {
    stop: watch::Sender<()>,
    task: JoinHandle<Result<(), String>>,
}

impl Cycle {
    /// SIGTERM, and a start as soon as it has ended; once.
    pub fn once(processes: Arc<dyn Processes>, process: String) -> Cycle {
        let (stop, _) = watch::channel(());
        let task = tokio::spawn(async move { round(&*processes, &process, Signal::TERM).await });
        Cycle { stop, task }
    }

    /// SIGKILL and a start, now and every so often.
    pub fn over_and_over(processes: Arc<dyn Processes>, process: String, every: Duration) -> Cycle {
        let (stop, mut stopped) = watch::channel(());
        let task = tokio::spawn(async move {
            loop {
                round(&*processes, &process, Signal::KILL).await?;
                // Counted from its start, however long that took: it is to run in between.
                select! {
                    biased;
                    _ = stopped.changed() => return Ok(()),
                    () = sleep(every) => {}
                }
            }
        });
        Cycle { stop, task }
    }

    /// Nothing is ended any more; what was under way is over. An error of any round is told here.
    pub async fn stop(&mut self) -> Result<(), String> {
        self.stop.send_replace(());
        match timeout(STOP_LIMIT, &mut self.task).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(broken)) => Err(broken.to_string()),
            Err(_) => Err("it neither ended nor came back".into()),
        }
    }
}

impl Drop for Cycle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One that has ended by itself in between needs no signal.
async fn round(processes: &dyn Processes, process: &str, by: Signal) -> Result<(), String> {
    if processes.pid(process).is_some() {
        processes.end(process, by).await?;
    }
    processes.restart(process).await.map(drop)
}
