//! Whether a handler may run a second time after its transaction lost against concurrent ones.
//!
//! PostgreSQL lets writers run at the same time and rolls one back when they are not serialisable.
//! A handler that has had no other effect by then runs once more, and this time its transactions
//! exclude other writers, so it cannot lose again. A handler that has committed, or has called
//! others to change something, cannot run twice; from then on its transactions are exclusive.

use std::sync::atomic::{AtomicBool, Ordering};

/// One run of a handler.
#[derive(Debug, Default)]
pub struct Attempt {
    alone: bool,
    lost: AtomicBool,
    lasting: AtomicBool,
}

impl Attempt {
    /// The run after one that lost.
    #[must_use]
    pub fn alone() -> Self {
        Self {
            alone: true,
            ..Self::default()
        }
    }

    /// A transaction lost against others and was rolled back.
    pub fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// The run has had a lasting effect.
    pub fn last(&self) {
        self.lasting.store(true, Ordering::Relaxed);
    }

    /// Whether its transactions must exclude other writers.
    #[must_use]
    pub fn goes_alone(&self) -> bool {
        self.alone || self.lasting.load(Ordering::Relaxed)
    }

    /// Whether another run may succeed where this one lost.
    #[must_use]
    pub fn deserves_another(&self) -> bool {
        self.lost.load(Ordering::Relaxed) && !self.goes_alone()
    }
}

#[cfg(test)]
mod tests {
    use super::Attempt;

    #[test]
    fn only_a_first_attempt_that_lost_and_did_nothing_lasting_deserves_another() {
        let (well, lost, bound, again) = (
            Attempt::default(),
            Attempt::default(),
            Attempt::default(),
            Attempt::alone(),
        );
        [&lost, &bound, &again].into_iter().for_each(Attempt::lose);
        bound.last();
        assert!(lost.deserves_another());
        assert!(
            ![&well, &bound, &again]
                .map(Attempt::deserves_another)
                .contains(&true)
        );
    }

    #[test]
    fn an_attempt_that_cannot_run_twice_goes_alone() {
        let bound = Attempt::default();
        assert!(!bound.goes_alone());
        bound.last();
        assert!(bound.goes_alone() && Attempt::alone().goes_alone());
    }
}
