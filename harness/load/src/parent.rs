//! The handle of a worker process in the harness.
//!
//! Owns the child process and its socket. It must not know what the samples mean.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use harness_model::{LoadTally, Sample, Strings};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;

use crate::order::{LoadError, WorkerLaunch, WorkerOrder};
use crate::wire::{self, Frame};

/// Samples, and the names that their numbers stand for.
#[derive(Debug, Clone)]
pub struct SampleBatch {
    pub samples: Vec<Sample>,
    pub names: Arc<Strings>,
}

/// What a worker has to say while its load is on.
#[derive(Debug, Clone)]
pub enum WorkerNews {
    Samples(SampleBatch),
    /// Operation -> the response time in milliseconds that is expected of it from now on.
    ExpectedTimes(BTreeMap<String, f64>),
}

/// A running worker.
pub struct Worker {
    child: Child,
    /// Its standard input; closing it stops the load.
    input: Option<ChildStdin>,
    frames: Receiver<Frame>,
    names: Arc<Strings>,
    tally: Option<LoadTally>,
    failure: Option<String>,
}

/// How long a worker may take to connect and to perform its prelude.
const READY_WITHIN: Duration = Duration::from_secs(60);

impl Worker {
    /// Starts `exe worker` and waits until its prelude is done. Its output goes to `log`.
    pub async fn spawn(exe: &Path, order: &WorkerOrder, log: &Path) -> Result<Worker, LoadError> {
        let socket = std::env::temp_dir().join(format!(
            "shakedown-{}-{}.sock",
            std::process::id(),
            order.seed.0
        ));
        drop(std::fs::remove_file(&socket));
        let listener = UnixListener::bind(&socket).map_err(LoadError::Pipe)?;
        let output = std::fs::File::create(log).map_err(LoadError::Spawn)?;
        let mut child = Command::new(exe)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .map_err(LoadError::Spawn)?;
        let launch = WorkerLaunch {
            order: order.clone(),
            socket: socket.clone(),
        };
        let mut input = child.stdin.take().ok_or(LoadError::Died)?;
        let mut line =
            serde_json::to_vec(&launch).map_err(|error| LoadError::Order(error.to_string()))?;
        line.push(b'\n');
        input.write_all(&line).map_err(LoadError::Pipe)?;
        let (received, frames) = channel(64);
        std::thread::spawn(move || drop(read_frames(&listener, &socket, &received)));
        let names = Arc::new(order.names());
        let mut worker = Worker {
            child,
            input: Some(input),
            frames,
            names,
            tally: None,
            failure: None,
        };
        worker.wait_until_ready().await?;
        Ok(worker)
    }

    async fn wait_until_ready(&mut self) -> Result<(), LoadError> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            // Wakes up in between to see whether the process has ended.
            let wait = left.min(Duration::from_millis(200));
            match tokio::time::timeout(wait, self.frames.recv()).await {
                Ok(Some(Frame::Ready)) => return Ok(()),
                Ok(Some(Frame::Failed(why))) => return Err(LoadError::NotReady(why)),
                Ok(_) => return Err(LoadError::Died),
                Err(_) if self.child.try_wait().map_err(LoadError::Spawn)?.is_some() => {
                    return Err(LoadError::Died);
                }
                Err(_) if left.is_zero() => {
                    let why = format!("no answer within {} s", READY_WITHIN.as_secs());
                    return Err(LoadError::NotReady(why));
                }
                Err(_) => {}
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sets time zero, a moment in the near future.
    pub async fn start(&mut self, zero_unix_ns: i64) -> Result<(), LoadError> {
        let line = format!("start {zero_unix_ns}\n");
        match &mut self.input {
            Some(input) => input
                .write_all(line.as_bytes())
                .and_then(|()| input.flush())
                .map_err(LoadError::Pipe),
            None => Ok(()),
        }
    }

    /// What the worker says next; `None` after its last samples.
    pub async fn next(&mut self) -> Option<WorkerNews> {
        let batch = |samples| SampleBatch {
            samples,
            names: Arc::clone(&self.names),
        };
        match self.frames.recv().await? {
            Frame::Samples(samples) => Some(WorkerNews::Samples(batch(samples))),
            Frame::Expected(ms) => Some(WorkerNews::ExpectedTimes(ms)),
            Frame::Done(tally) => {
                self.tally = Some(tally);
                None
            }
            Frame::Failed(why) => {
                self.failure = Some(why);
                None
            }
            Frame::Ready => Some(WorkerNews::Samples(batch(Vec::new()))),
        }
    }

    /// Asks for a prompt end: nothing new is sent, and requests on their way are finished.
    pub async fn stop(&mut self) {
        self.input = None;
    }

    pub fn stopping(&self) -> bool {
        self.input.is_none()
    }

    /// The tally, after the last samples.
    pub async fn finish(&mut self) -> Result<LoadTally, LoadError> {
        self.input = None;
        if let Some(why) = self.failure.take() {
            return Err(LoadError::NotReady(why));
        }
        self.tally.take().ok_or(LoadError::Died)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read_frames(
    listener: &UnixListener,
    path: &Path,
    received: &Sender<Frame>,
) -> std::io::Result<()> {
    let accepted = listener.accept();
    // Removed at once, so that nobody else connects and a killed harness leaves no file behind.
    drop(std::fs::remove_file(path));
    let (mut socket, _) = accepted?;
    loop {
        let frame = wire::read(&mut socket)?;
        if received.blocking_send(frame).is_err() {
            return Ok(());
        }
    }
}
