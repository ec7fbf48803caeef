//! The audits of a run: one before the load, and after it again and again until all invariants hold.
//!
//! It must not judge: what it saw is written down, and the analysis decides.

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

/// Between two audits.
const PAUSE: Duration = Duration::from_millis(250);
/// How long an invariant may take to hold.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was audited before the load.
pub struct Before {
    audit: Audit,
}

/// Audits once; `None` for a target without invariants.
pub async fn before(
    plan: &Plan,
    target: &RunningTarget,
    recorder: &Recorder,
) -> Result<Option<Before>, Failure> {
    if plan.target.definition.invariants.is_empty() {
        return Ok(None);
    }
    let audit = auditor(plan, target)?.audit().await;
    recorder.event(EventKind::Audited {
        audit: audit.clone(),
        after_ms: None,
    })?;
    Ok(Some(Before { audit }))
}

/// Audits until all invariants hold and nothing changes any more, or nobody has the patience. Every audit
/// that differs from the one before it is written down.
pub async fn after(
    plan: &Plan,
    target: &RunningTarget,
    recorder: &Recorder,
    before: Option<Before>,
    interrupted: &CancellationToken,
) -> Result<(), Failure> {
    let Some(before) = before else { return Ok(()) };
    let end = Instant::now();
    let auditor = auditor(plan, target)?;
    let definition = &plan.target.definition;
    let counts = InvariantCounts::new(definition, Some(&before.audit), recorder.answered());
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
        if (settled && counts.all_hold(&audit)) || end.elapsed() + PAUSE > PATIENCE {
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
