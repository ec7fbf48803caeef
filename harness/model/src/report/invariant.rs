//! What became of an invariant.

use crate::invariant::{Relation, Side};

/// An invariant, the counts of its sides, and whether it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct InvariantResult {
    /// The invariant in words.
    pub name: String,
    pub left: SideResult,
    /// How the sides must relate.
    pub is: Relation,
    pub right: SideResult,
    /// Whether it holds, or why that is not known.
    pub holds: Result<bool, Uncounted>,
    /// Seconds from the end of the load until it was seen to hold for good; `None` when it was not.
    pub settled_s: Option<f64>,
}

/// A side of an invariant: what is summed, and what the run has added to it.
#[derive(Debug, Clone, PartialEq)]
pub struct SideResult {
    /// The sum as the definition writes it.
    pub of: Side,
    /// Its value; `None` when some count is not known.
    pub count: Option<i64>,
}

/// Why a count is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncounted {
    /// No audit was taken before the load.
    NoAuditBefore,
    /// No audit was taken after the load.
    NoAuditAfter,
    /// The audit of a service failed.
    AuditFailed { service: String, why: String },
    /// A service was audited and does not count this.
    NotCounted { service: String, count: String },
}
