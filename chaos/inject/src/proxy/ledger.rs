//! The books of an edge: how many exchanges could have met a fault and how many did.
//!
//! An *exchange* starts with the caller's first bytes, or with its first bytes after a reply, and
//! is answered by the callee's next bytes. Each exchange is counted as affected at most once.
//! Attempts that never became an exchange count on their own. It must not know rules or sockets.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::Evidence;
use tokio::time::Instant;

use super::pace::{Pace, Waiting};

/// Counters of one edge since it was opened.
#[derive(Debug, Default)]
pub struct Ledger {
    eligible: AtomicU64,
    affected: AtomicU64,
    /// Exchanges without an answer that nothing has affected yet.
    waiting: Waiting,
    /// Connections that the callee ended between two exchanges.
    closed: AtomicU64,
    /// Of the exchanges that were answered and that nothing affected.
    pace: Pace,
}

/// What counts as affected, besides what was delayed, refused or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// Nothing more: the fault is one of the network, and the proxy itself makes it.
    Ruled,
    /// What still has no answer, and connections that the callee closed: it is down or silent.
    Silence,
    /// What took much longer than usual, answered or not: it goes on, but badly.
    Slowness,
}

/// A moment in a ledger; evidence is counted from one.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    eligible: u64,
    affected: u64,
    waiting: u64,
    closed: u64,
    /// From which pace on an exchange is slow, and how many were so far.
    slow: usize,
    slower: u64,
}

impl Ledger {
    pub fn mark(&self) -> Mark {
        let slow = self.pace.slow();
        Mark {
            eligible: self.eligible.load(Relaxed),
            affected: self.affected.load(Relaxed),
            waiting: self.waiting.all(),
            closed: self.closed.load(Relaxed),
            slow,
            slower: self.pace.since(slow),
        }
    }

    /// What happened since `mark`. Exchanges that were open at the mark were eligible too.
    pub fn evidence(&self, since: Mark, symptom: Symptom) -> Evidence {
        let now = self.mark();
        let mut eligible = now.eligible - since.eligible + since.waiting;
        let mut affected = now.affected - since.affected;
        match symptom {
            Symptom::Ruled => {}
            Symptom::Silence => {
                let closed = now.closed - since.closed;
                eligible += closed;
                affected += closed + now.waiting;
            }
            Symptom::Slowness => {
                affected += self.pace.since(since.slow) - since.slower;
                affected += self.waiting.since(since.slow);
            }
        }
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
    /// The caller has nothing more to ask.
    left: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    since: Instant,
    affected: bool,
}

impl Exchanges {
    pub fn new(ledger: Arc<Ledger>) -> Exchanges {
        Exchanges {
            ledger,
            open: Mutex::new(None),
            left: AtomicBool::new(false),
        }
    }

    /// The caller spoke; true when that starts an exchange.
    pub fn asked(&self) -> bool {
        let mut open = self.lock();
        if open.is_some() {
            return false;
        }
        let since = Instant::now();
        *open = Some(Open {
            since,
            affected: false,
        });
        self.ledger.eligible.fetch_add(1, Relaxed);
        self.ledger.waiting.begin(since);
        true
    }

    /// The callee spoke.
    pub fn answered(&self) {
        if let Some(Open {
            since,
            affected: false,
        }) = self.lock().take()
        {
            self.ledger.waiting.end(since);
            self.ledger.pace.note(since.elapsed());
        }
    }

    /// The caller ended the connection on its side.
    pub fn caller_left(&self) {
        self.left.store(true, Relaxed);
    }

    /// The callee ended the connection: under the open exchange, or between two.
    pub fn callee_left(&self) {
        if self.is_open() {
            self.cut();
        } else if !self.left.load(Relaxed) {
            self.ledger.closed.fetch_add(1, Relaxed);
        }
    }

    /// A fault touched the open exchange, if there is one.
    pub fn affect(&self) {
        if let Some(open) = self.lock().as_mut()
            && !open.affected
        {
            open.affected = true;
            self.ledger.waiting.end(open.since);
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
        let evidence = ledger.evidence(mark, Symptom::Silence);
        assert_eq!((evidence.eligible, evidence.affected), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_is_a_symptom_of_a_callee_that_goes_on_badly() {
        let ledger = Arc::new(Ledger::default());
        let exchanges = Exchanges::new(ledger.clone());
        let ask = async |ms| {
            exchanges.asked();
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            exchanges.answered();
        };
        for _ in 0..50 {
            ask(5).await;
        }
        let mark = ledger.mark();
        ask(5).await;
        ask(200).await;
        let affected = |symptom| ledger.evidence(mark, symptom).affected;
        assert_eq!(affected(Symptom::Slowness), 1);
        assert_eq!(affected(Symptom::Silence), 0);
        exchanges.asked();
        assert_eq!(affected(Symptom::Slowness), 1);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(affected(Symptom::Slowness), 2, "it waits in vain");
    }

    #[test]
    fn a_connection_that_the_callee_closes_met_its_end_and_one_that_the_caller_left_did_not() {
        let ledger = Arc::new(Ledger::default());
        let mark = ledger.mark();
        let left = Exchanges::new(ledger.clone());
        left.caller_left();
        left.callee_left();
        Exchanges::new(ledger.clone()).callee_left();
        let evidence = |symptom| ledger.evidence(mark, symptom).affected;
        assert_eq!(evidence(Symptom::Silence), 1);
        assert_eq!(evidence(Symptom::Ruled), 0);
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
        let silent = ledger.evidence(mark, Symptom::Silence);
        assert_eq!((silent.eligible, silent.affected), (2, 1));
        assert_eq!(ledger.evidence(mark, Symptom::Ruled).affected, 0);
    }
}
