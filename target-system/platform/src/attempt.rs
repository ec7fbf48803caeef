//! Whether a handler may run a second time, because its transaction lost against others.
//!
//! PostgreSQL lets writers run at the same time and undoes one of them when they are not
//! serialisable. A handler that has done nothing else by then has done nothing at all: it runs once
//! more, and this time its transactions let nobody write beside them, so it cannot lose again. A
//! handler that has committed or asked others to do something cannot run twice; from then on its
//! transactions go alone at once.

use std::sync::atomic::{AtomicBool, Ordering};

/// One run of a handler.
#[derive(Debug, Default)]
pub(crate) struct Attempt {
    alone: bool,
    lost: AtomicBool,
    lasting: AtomicBool,
}

impl Attempt {
    /// The run after one that lost.
    pub(crate) fn alone() -> Self {
        Self {
            alone: true,
            ..Self::default()
        }
    }

    /// A transaction lost against others, and was undone.
    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Something was done that stays.
    pub(crate) fn last(&self) {
        self.lasting.store(true, Ordering::Relaxed);
    }

    /// Whether transactions must let nobody write beside them.
    pub(crate) fn goes_alone(&self) -> bool {
        self.alone || self.lasting.load(Ordering::Relaxed)
    }

    /// Whether another run may do what this one could not.
    pub(crate) fn deserves_another(&self) -> bool {
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
    fn what_cannot_run_twice_goes_alone() {
        let bound = Attempt::default();
        assert!(!bound.goes_alone());
        bound.last();
        assert!(bound.goes_alone() && Attempt::alone().goes_alone());
    }
}
