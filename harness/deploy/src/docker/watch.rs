//! Follows a running container: copies its log into a file, and reports its end.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures::StreamExt;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::LogsOptionsBuilder;
use tokio::time::timeout;

use crate::docker::impair::{self, PriorState, Restorable};
use crate::instance::Instance;
use crate::logs;

/// The last log lines of a container that ended by itself must arrive within this time.
const LOG_END_LIMIT: Duration = Duration::from_secs(1);

/// Exit code after SIGKILL.
const KILLED: i64 = 137;

/// Watches a container from one start to its end, in the background. `logged` counts the log chunks
/// of all its starts, because the engine always sends a log from its beginning.
pub fn watch(
    docker: &Docker,
    id: &str,
    instance: &Arc<Instance>,
    logged: &Arc<AtomicUsize>,
    restorable: &Arc<Restorable>,
) {
    let (docker, id) = (docker.clone(), id.to_owned());
    let (instance, logged, restorable) = (instance.clone(), logged.clone(), restorable.clone());
    tokio::spawn(async move {
        let log = instance.log.clone();
        let (engine, container) = (docker.clone(), id.clone());
        let mut following = tokio::spawn(async move {
            follow(&engine, &container, &log, &logged).await;
        });
        let status = end_of(&docker, &id).await;
        if !instance.end_is_expected() {
            let _ = timeout(LOG_END_LIMIT, &mut following).await;
            // An unexpected SIGKILL under a memory limit comes from the kernel. The engine learns
            // the reason separately from the end, possibly too late.
            let is_limited = matches!(impair::get(&restorable), Some(PriorState::Memory { .. }));
            let is_killed = status == self::status(KILLED);
            if is_limited && is_killed || ran_out_of_memory(&docker, &id).await {
                instance.ran_out_of_memory();
            }
        }
        instance.has_ended(status);
    });
}

/// Appends new log chunks of a container until it ends.
async fn follow(docker: &Docker, id: &str, path: &Path, logged: &AtomicUsize) {
    let Ok(mut file) = logs::open(path) else {
        return;
    };
    let options = LogsOptionsBuilder::new()
        .follow(true)
        .stdout(true)
        .stderr(true)
        .tail("all")
        .build();
    let known = logged.load(Relaxed);
    let mut lines = std::pin::pin!(docker.logs(id, Some(options)).skip(known));
    while let Some(Ok(line)) = lines.next().await {
        // A full disk must not end the run.
        let _ = file.write_all(&line.into_bytes());
        logged.fetch_add(1, Relaxed);
    }
}

/// Waits for the end; its status is written like that of a process.
async fn end_of(docker: &Docker, id: &str) -> String {
    let mut waiting = std::pin::pin!(docker.wait_container(id, None));
    match waiting.next().await {
        Some(Ok(ended)) => status(ended.status_code),
        Some(Err(Error::DockerContainerWaitError { code, .. })) => status(code),
        Some(Err(error)) => error.to_string(),
        None => "the engine states no exit status".into(),
    }
}

async fn ran_out_of_memory(docker: &Docker, id: &str) -> bool {
    let container = docker.inspect_container(id, None).await;
    let state = container.ok().and_then(|container| container.state);
    state.and_then(|state| state.oom_killed).unwrap_or(false)
}

/// By the shell's convention, 128 plus the number of the signal that ended the process.
fn status(code: i64) -> String {
    match code {
        129..=192 => format!("signal: {}", code - 128),
        _ => format!("exit status: {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_container_reads_like_a_killed_process() {
        assert_eq!(status(137), "signal: 9");
        assert_eq!(status(3), "exit status: 3");
    }
}
