//! Audits services: reads one JSON object of counts from each.
//!
//! Ensures that each count comes from one service only, and names services that do not answer. It
//! must not know what is counted.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use harness_model::event::Audit;

use crate::error::TelemetryError;

/// A service that can be audited.
#[derive(Debug, Clone)]
pub struct AuditTarget {
    /// Names the service where it does not answer.
    pub service: String,
    /// `host:port`.
    pub address: String,
    /// Path of its audit.
    pub path: String,
}

/// Timeout of one answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the same services in every audit.
pub struct Auditor {
    client: reqwest::Client,
    targets: Vec<AuditTarget>,
}

type Counts = BTreeMap<String, i64>;

impl Auditor {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(targets: Vec<AuditTarget>) -> Result<Auditor, TelemetryError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| TelemetryError::Client(error.to_string()))?;
        Ok(Auditor { client, targets })
    }

    /// The counts of all services, read concurrently, each within three seconds. A service that
    /// does not answer with an audit is named with the reason.
    pub async fn audit(&self) -> Audit {
        let asked = self.targets.iter().map(|target| self.ask(target));
        let answers = join_all(asked).await;
        let mut audit = Audit::default();
        for (target, answer) in self.targets.iter().zip(answers) {
            let merged = answer.and_then(|counts| merge(&mut audit.counts, counts));
            if let Err(why) = merged {
                audit.failed.insert(target.service.clone(), why);
            }
        }
        audit
    }

    async fn ask(&self, target: &AuditTarget) -> Result<Counts, String> {
        let url = format!("http://{}{}", target.address, target.path);
        let answer = self.client.get(url).send().await.map_err(reason)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("it answered {status}"));
        }
        let text = answer.bytes().await.map_err(reason)?;
        serde_json::from_slice(&text)
            .map_err(|error| format!("its answer is not an audit: {error}"))
    }
}

fn reason(error: reqwest::Error) -> String {
    match (error.is_timeout(), error.is_connect()) {
        (true, _) => "it did not answer in time".to_owned(),
        (_, true) => "it could not be reached".to_owned(),
        _ => "its answer broke off".to_owned(),
    }
}

/// Adds all counts of a service, or none.
fn merge(all: &mut Counts, counts: Counts) -> Result<(), String> {
    if let Some(name) = counts.keys().find(|name| all.contains_key(*name)) {
        return Err(format!("another service counts {name}, too"));
    }
    all.extend(counts);
    Ok(())
}
