//! Asks a service whether it is ready, until it is.

use std::time::Duration;

use reqwest::Client;
use tokio::time::{sleep, timeout};

/// Pause between two questions.
const POLL: Duration = Duration::from_millis(20);

/// One question must not hang on a service that accepts and says nothing.
const ANSWER_LIMIT: Duration = Duration::from_secs(1);

/// Returns once `path` has answered 200; never otherwise. The caller sets the limit.
pub async fn answers(client: &Client, address: &str, path: &str) {
    let url = format!("http://{address}{path}");
    loop {
        let answer = timeout(ANSWER_LIMIT, client.get(&url).send()).await;
        if matches!(answer, Ok(Ok(response)) if response.status() == 200) {
            return;
        }
        sleep(POLL).await;
    }
}
