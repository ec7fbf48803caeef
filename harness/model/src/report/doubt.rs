//! Reasons to doubt a run as a whole.

/// A reason why nothing can be concluded from a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// As the run itself stated it, in words.
    Stated(String),
    FaultNotInjected {
        fault: String,
        why: String,
    },
    Interrupted,
    /// No exchange could have met the fault.
    MetNoTraffic {
        fault: String,
    },
    /// The fault affected none of the exchanges that it could have met.
    ChangedNothing {
        fault: String,
        eligible: u64,
    },
    NotSeenToHeal {
        fault: String,
    },
    /// The target was given the OTLP endpoint, and sent no span at all.
    NoSpans,
    /// Shares of the answered requests, 0..=1.
    LowTraceCoverage {
        coverage: f64,
        minimum: f64,
    },
}
