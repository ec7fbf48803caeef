//! The books of an edge: how many exchanges could have met a fault and how many did.
//!
//! An *exchange* starts with the caller's first bytes, or with its first bytes after a reply, and
//! is answered by the callee's next bytes. Each exchange is counted as affected at most once.
//! Attempts that never became an exchange count on their own. It must not know rules or sockets.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::Evidence;

/// Counters of one edge since it was opened.
#[derive(Debug, Default)]
pub struct Ledger {
    eligible: AtomicU64,
    affected: AtomicU64,
    /// Exchanges without an answer that nothing has affected yet.
    waiting: AtomicU64,
}

/// A moment in a ledger; evidence is counted from one.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    eligible: u64,
    affected: u64,
    waiting: u64,
}

impl Ledger {
    pub fn mark(&self) -> Mark {
        Mark {
            eligible: self.eligible.load(Relaxed),
            affected: self.affected.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
        }
    }

    /// What happened since `mark`. Exchanges that were open at the mark were eligible too; with
    /// `unanswered`, those that still have no answer count as affected.
    pub fn evidence(&self, since: Mark, unanswered: bool) -> Evidence {
        let now = self.mark();
        let eligible = now.eligible - since.eligible + since.waiting;
        let affected = now.affected - since.affected + if unanswered { now.waiting } else { 0 };
        Evidence {
            eligible,
            affected: affected.min(eligible),
        }
    }

    /// A connection that was cut before it carried an exchange, or between two.
    pub fn connection_lost(&self) {
        self.eligible.fetch_add(1, Relaxed);
        self.affected.fetch_add(1, Relaxed);
    }
}

/// The exchanges of one connection, told apart by who speaks. Dropping it closes the connection's
/// last exchange; one that had no answer counts as affected.
#[derive(Debug)]
pub struct Exchanges {
    ledger: Arc<Ledger>,
    open: Mutex<Option<Open>>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    affected: bool,
}

impl Exchanges {
    pub fn new(ledger: Arc<Ledger>) -> Exchanges {
        Exchanges {
            ledger,
            open: Mutex::new(None),
        }
    }

    /// The caller spoke; true when that starts an exchange.
    pub fn asked(&self) -> bool {
        let mut open = self.lock();
        if open.is_some() {
            return false;
        }
        *open = Some(Open { affected: false });
        self.ledger.eligible.fetch_add(1, Relaxed);
        self.ledger.waiting.fetch_add(1, Relaxed);
        true
    }

    /// The callee spoke.
    pub fn answered(&self) {
        if let Some(Open { affected: false }) = self.lock().take() {
            self.ledger.waiting.fetch_sub(1, Relaxed);
        }
    }

    /// A fault touched the open exchange, if there is one.
    pub fn affect(&self) {
        if let Some(open) = self.lock().as_mut()
            && !open.affected
        {
            open.affected = true;
            self.ledger.waiting.fetch_sub(1, Relaxed);
            self.ledger.affected.fetch_add(1, Relaxed);
        }
    }

    /// The connection ended under the open exchange.
    pub fn cut(&self) {
        self.affect();
        self.lock().take();
    }

    /// The proxy reset the connection: the open exchange is hit, or else the idle connection.
    pub fn reset(&self) {
        if self.is_open() {
            self.cut();
        } else {
            self.ledger.connection_lost();
        }
    }

    pub fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        self.cut();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_counts_once_however_often_a_fault_touches_it() {
        let ledger = Arc::new(Ledger::default());
        let mark = ledger.mark();
        let exchanges = Exchanges::new(ledger.clone());
        assert!(exchanges.asked());
        assert!(!exchanges.asked());
        exchanges.affect();
        exchanges.affect();
        exchanges.cut();
        drop(exchanges);
        let evidence = ledger.evidence(mark, true);
        assert_eq!((evidence.eligible, evidence.affected), (1, 1));
    }

    #[test]
    fn an_answered_exchange_is_eligible_and_an_unanswered_one_is_affected_when_asked_for() {
        let ledger = Arc::new(Ledger::default());
        let (first, second) = (
            Exchanges::new(ledger.clone()),
            Exchanges::new(ledger.clone()),
        );
        first.asked();
        let mark = ledger.mark();
        first.answered();
        second.asked();
        let evidence = |unanswered| ledger.evidence(mark, unanswered);
        assert_eq!((evidence(true).eligible, evidence(true).affected), (2, 1));
        assert_eq!(evidence(false).affected, 0);
    }
}
