//! The two stretches of time that are compared for a fault.
//!
//! It must not know why the second one is of interest.

use harness_model::Offset;

/// From `from` up to, not including, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: Offset,
    pub to: Offset,
}

impl Window {
    pub fn holds(&self, at: Offset) -> bool {
        at >= self.from && at < self.to
    }
}

/// The baseline, and the time in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    pub before: Window,
    pub during: Window,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Before,
    During,
}

impl Windows {
    /// Where something that took from `start` to `end` belongs. What was under way when the time in
    /// question began belongs to it; what overlaps the end of the baseline belongs to neither.
    pub fn period(&self, start: Offset, end: Offset) -> Option<Period> {
        if start < self.during.to && (start >= self.during.from || end > self.during.from) {
            return Some(Period::During);
        }
        (start >= self.before.from && end <= self.before.to).then_some(Period::Before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_under_way_at_the_start_belongs_to_the_time_in_question() {
        let window = |from, to| Window {
            from: Offset(from),
            to: Offset(to),
        };
        let windows = Windows {
            before: window(10, 50),
            during: window(50, 80),
        };
        let period = |from, to| windows.period(Offset(from), Offset(to));
        assert_eq!(period(20, 30), Some(Period::Before));
        assert_eq!(period(45, 55), Some(Period::During));
        assert_eq!(period(79, 99), Some(Period::During));
        assert_eq!(period(5, 12), None);
        assert_eq!(period(80, 81), None);
    }
}
