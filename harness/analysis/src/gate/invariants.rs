//! Invariants of conservation against the target's own audits: absence is never success.

use std::collections::BTreeMap;

use harness_model::event::Audit;
use harness_model::invariant::{Side, Term};
use harness_model::report::{InvariantResult, SideResult, Uncounted};
use harness_model::{EventKind, Invariant, RunData, TargetDefinition};

/// The counts that the invariants of a target are judged by: those of its audits, and the requests
/// that were answered well.
pub struct InvariantCounts<'a> {
    definition: &'a TargetDefinition,
    /// Taken before the load.
    before: Option<&'a Audit>,
    /// Operation -> requests that were answered well.
    answered: BTreeMap<String, u64>,
}

/// The sum of a side, or why that is not known.
type Counted = Result<i64, Uncounted>;

impl<'a> InvariantCounts<'a> {
    pub fn new(
        definition: &'a TargetDefinition,
        before: Option<&'a Audit>,
        answered: BTreeMap<String, u64>,
    ) -> InvariantCounts<'a> {
        InvariantCounts {
            definition,
            before,
            answered,
        }
    }

    /// Whether every invariant is known to hold by this audit.
    pub fn all_hold(&self, now: &Audit) -> bool {
        let mut invariants = self.definition.invariants.iter();
        invariants.all(|invariant| self.holds(invariant, now) == Some(true))
    }

    fn holds(&self, invariant: &Invariant, now: &Audit) -> Option<bool> {
        let left = self.side(&invariant.left, now).ok()?;
        let right = self.side(&invariant.right, now).ok()?;
        Some(invariant.is.holds(left, right))
    }

    fn side(&self, side: &Side, now: &Audit) -> Counted {
        let terms = side.0.iter().map(|term| self.term(term, now));
        terms
            .reduce(|sum, term| Ok(sum?.saturating_add(term?)))
            .unwrap_or(Ok(0))
    }

    fn term(&self, term: &Term, now: &Audit) -> Counted {
        match term {
            Term::Number(number) => Ok(*number),
            Term::Answered(operation) => {
                let answered = self.answered.get(operation).copied().unwrap_or(0);
                Ok(i64::try_from(answered).unwrap_or(i64::MAX))
            }
            Term::Count { host, what } => {
                let name = format!("{host}.{what}");
                let before = self.before.ok_or(Uncounted::NoAuditBefore)?;
                let (earlier, later) = (
                    self.count(&name, host, before)?,
                    self.count(&name, host, now)?,
                );
                Ok(later.saturating_sub(earlier))
            }
        }
    }

    fn count(&self, name: &str, host: &str, audit: &Audit) -> Counted {
        if let Some(count) = audit.counts.get(name) {
            return Ok(*count);
        }
        let service = self.definition.host_of(host);
        let service = service.map_or(host, |service| service.name.as_str());
        Err(match audit.failed.get(service) {
            Some(why) => Uncounted::AuditFailed {
                service: service.to_owned(),
                why: why.clone(),
            },
            None => Uncounted::NotCounted {
                service: service.to_owned(),
                count: name.to_owned(),
            },
        })
    }
}

/// Every invariant of the target, judged by the last audit; earlier audits say since when it holds.
pub fn invariants(run: &RunData) -> Vec<InvariantResult> {
    let definition = &run.plan.target.definition;
    let mut before = None;
    let mut later: Vec<(&Audit, f64)> = Vec::new();
    for event in &run.events {
        match &event.what {
            EventKind::Audited {
                audit,
                after_ms: None,
            } => before = Some(audit),
            EventKind::Audited {
                audit,
                after_ms: Some(ms),
            } => later.push((audit, *ms as f64 / 1e3)),
            _ => {}
        }
    }
    let counts = InvariantCounts::new(definition, before, answered(run));
    let judged = definition.invariants.iter();
    judged
        .map(|invariant| judge(&counts, invariant, &later))
        .collect()
}

fn answered(run: &RunData) -> BTreeMap<String, u64> {
    let mut answered = BTreeMap::new();
    for sample in run.samples.iter().filter(|sample| sample.ok()) {
        let name = run.strings.name(sample.operation);
        *answered.entry(name.to_owned()).or_default() += 1;
    }
    answered
}

fn judge(
    counts: &InvariantCounts<'_>,
    invariant: &Invariant,
    later: &[(&Audit, f64)],
) -> InvariantResult {
    let last = later.last().map(|(audit, _)| *audit);
    let counted = |side: &Side| match last {
        Some(audit) => counts.side(side, audit),
        None => Err(Uncounted::NoAuditAfter),
    };
    let (left, right) = (counted(&invariant.left), counted(&invariant.right));
    let holds = match (&left, &right) {
        (Ok(left), Ok(right)) => Ok(invariant.is.holds(*left, *right)),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
    };
    let since = later.iter().rev();
    let since = since.take_while(|(audit, _)| counts.holds(invariant, audit) == Some(true));
    let side = |side: &Side, counted: Counted| SideResult {
        of: side.clone(),
        count: counted.ok(),
    };
    InvariantResult {
        name: invariant.name.clone(),
        left: side(&invariant.left, left),
        is: invariant.is,
        right: side(&invariant.right, right),
        holds,
        settled_s: since.last().map(|(_, after_s)| *after_s),
    }
}
