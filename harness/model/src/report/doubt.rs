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
    /// An instance ended, and nobody had asked it to.
    EndedByItself {
        instance: String,
        /// As the system states it, such as `exit status: 3`.
        status: String,
        at_s: f64,
        /// The faults that were on, by name.
        during: Vec<String>,
    },
    /// Somebody else took what the target needed, and a budget failed that this may explain.
    HostDisturbed {
        from_s: f64,
        to_s: f64,
        /// The failures of such a budget may be requests that timed out because of it.
        timed_out: bool,
    },
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
