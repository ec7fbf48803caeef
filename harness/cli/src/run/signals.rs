//! The signals by which a person or a machine ends a run.
//!
//! It must not know what is ended.

use std::collections::BTreeSet;

use harness_model::{EventKind, ExitCode};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::recorder::Recorder;

/// The first signal ends the run in order; the second ends the process, and the guardian cleans up.
pub fn interrupts(recorder: Recorder) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        let mut signals = Signals::listen();
        if signals.next().await {
            drop(recorder.event(EventKind::Interrupted));
            cancel.cancel();
            signals.next().await;
            std::process::exit(ExitCode::Interrupted as i32);
        }
    });
    token
}

/// Waits for a signal that ends a run; `false` when none can be received.
pub async fn signalled() -> bool {
    Signals::listen().next().await
}

/// Ctrl-C, SIGTERM, and the end of the terminal.
struct Signals(Vec<Signal>);

impl Signals {
    fn listen() -> Signals {
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        // `nohup` ignores the end of the terminal for us.
        let ignored = ignored();
        let wanted = kinds.into_iter().filter(|kind| {
            *kind != SignalKind::hangup() || !ignored.contains(&kind.as_raw_value())
        });
        Signals(wanted.filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let each = self.0.iter_mut().map(|one| Box::pin(one.recv()));
        futures::future::select_all(each).await.0.is_some()
    }
}

/// The numbers of the signals that this process ignores, as `/proc` tells them.
fn ignored() -> BTreeSet<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let mask = mask.unwrap_or(0);
    (1..=64)
        .filter(|number| mask >> (number - 1) & 1 == 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_ignores_a_broken_pipe_and_no_hangup() {
        let ignored = ignored();
        assert!(ignored.contains(&13), "{ignored:?}");
        assert!(!ignored.contains(&SignalKind::terminate().as_raw_value()));
    }
}
