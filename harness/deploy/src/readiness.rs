//! Waits until an instance is ready.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use harness_model::definition::Condition;
use reqwest::Client;
use tokio::time::{sleep, timeout};

use crate::instance::Instance;

/// Pause between two probes.
const POLL: Duration = Duration::from_millis(20);

/// Timeout of one probe: an instance may accept a connection and never answer.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// Returns once all conditions were met, one after the other. The caller sets the time limit.
pub async fn wait_until_ready(client: &Client, instance: &Instance) {
    // Log lines must appear in the order of the conditions.
    let mut read_to = instance.log_start();
    for condition in instance.service.definition.ready.conditions() {
        match condition {
            Condition::Http(path) => {
                let url = format!("http://{}{path}", instance.layout.address);
                while !answers(client, &url).await {
                    sleep(POLL).await;
                }
            }
            Condition::Log(text) => loop {
                if let Some(end) = logged(&instance.log, read_to, &text) {
                    read_to = end;
                    break;
                }
                sleep(POLL).await;
            },
        }
    }
}

async fn answers(client: &Client, url: &str) -> bool {
    let answer = timeout(PROBE_LIMIT, client.get(url).send()).await;
    matches!(answer, Ok(Ok(response)) if response.status() == 200)
}

/// The end of the first occurrence of a text in the log after an offset, both in bytes.
fn logged(log: &Path, after: u64, text: &str) -> Option<u64> {
    let mut log = File::open(log).ok()?;
    log.seek(SeekFrom::Start(after)).ok()?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes).ok()?;
    let found = bytes
        .windows(text.len().max(1))
        .position(|one| one == text.as_bytes())?;
    Some(after + (found + text.len()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_only_after_the_one_before_it() {
        let log = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(log.path(), "ready\nlistening\n").unwrap();
        let listening = logged(log.path(), 0, "listening");
        assert_eq!(listening, Some(15));
        assert_eq!(logged(log.path(), 15, "ready"), None);
        std::fs::write(log.path(), "ready\nlistening\nready\n").unwrap();
        assert_eq!(logged(log.path(), 15, "ready"), Some(21));
    }
}
