//! The audits of a run: one before the load, and more after it until all invariants hold.
//!
//! It must not judge: audits are recorded, and the analysis decides.

use std::time::Duration;

use harness_analysis::InvariantCounts;
use harness_model::event::Audit;
use harness_model::{EventKind, Plan};
use harness_telemetry::{AuditTarget, Auditor};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::recorder::Recorder;
use super::target::RunningTarget;
use crate::failure::Failure;

/// Pause between two audits.
const PAUSE: Duration = Duration::from_millis(250);
/// How long all invariants together may take to hold.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);

/// Audits once; `None` for a target without invariants.
///
/// # Errors
/// When no HTTP client can be built, or the event cannot be recorded. Services that do not answer
/// are no error: the audit names them.
pub async fn before(
    plan: &Plan,
    target: &RunningTarget,
    recorder: &Recorder,
) -> Result<Option<Audit>, Failure> {
    if plan.target.definition.invariants.is_empty() {
        return Ok(None);
    }
    let audit = auditor(plan, target)?.audit().await;
    recorder.event(EventKind::Audited {
        audit: audit.clone(),
        after_ms: None,
    })?;
    Ok(Some(audit))
}

/// Audits until all invariants hold and nothing changes any more, or time is up. Every audit that
/// differs from the one before it is recorded. An interrupt ends it early.
///
/// # Errors
/// As [`before`].
pub async fn after(
    plan: &Plan,
    target: &RunningTarget,
    recorder: &Recorder,
    before: Option<Audit>,
    interrupted: &CancellationToken,
) -> Result<(), Failure> {
    let Some(before) = before else { return Ok(()) };
    let end = Instant::now();
    let auditor = auditor(plan, target)?;
    let definition = &plan.target.definition;
    let counts = InvariantCounts::new(definition, Some(&before), recorder.succeeded());
    let mut last: Option<Audit> = None;
    loop {
        let audit = tokio::select! {
            audit = auditor.audit() => audit,
            () = interrupted.cancelled() => return Ok(()),
        };
        let after_ms = u64::try_from(end.elapsed().as_millis()).unwrap_or(u64::MAX);
        let settled = last.as_ref() == Some(&audit);
        if !settled {
            recorder.event(EventKind::Audited {
                audit: audit.clone(),
                after_ms: Some(after_ms),
            })?;
        }
        if (settled && counts.all_hold(&audit)) || end.elapsed() + PAUSE > SETTLE_WITHIN {
            return Ok(());
        }
        last = Some(audit);
        sleep(PAUSE).await;
    }
}

fn auditor(plan: &Plan, target: &RunningTarget) -> Result<Auditor, Failure> {
    let topology = target.topology();
    let services = plan.target.definition.services.iter();
    let targets = services.filter_map(|service| {
        // Instances of a service share its data, so any one of them can state its counts.
        let running = topology.service(&service.name)?.instances.first()?;
        Some(AuditTarget {
            service: service.name.clone(),
            address: running.address.clone(),
            path: service.audit.clone()?,
        })
    });
    Auditor::new(targets.collect()).map_err(|error| Failure::bug("audit the target", error))
}
