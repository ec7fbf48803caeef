//! The counters of an edge: how many exchanges could have met a fault and how many did.
//!
//! An *exchange* starts with the caller's first bytes, or with its first bytes after a reply, and
//! is answered by the callee's next bytes. Each exchange counts as affected at most once. Attempts
//! that never became an exchange are counted on their own. It must not know rules or sockets.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_model::Evidence;
use tokio::time::Instant;

use super::durations::{DurationHistogram, PendingExchanges, bucket};

/// Counters of one edge since it was opened.
#[derive(Debug, Default)]
pub struct EdgeCounters {
    eligible: AtomicU64,
    affected: AtomicU64,
    /// Unanswered exchanges that nothing has affected yet.
    pending: PendingExchanges,
    /// Connections that the callee closed between two exchanges.
    closed: AtomicU64,
    /// When the callee last answered an exchange.
    last_answer: Mutex<Option<Instant>>,
    /// Durations of the exchanges that were answered and that nothing affected.
    durations: DurationHistogram,
}

/// What counts as affected, besides what was delayed, refused or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// Nothing else: the proxy itself applies a network fault and counts it.
    ProxyRule,
    /// Unanswered exchanges, and connections that the callee closed more often than it usually
    /// does: it is down or silent.
    Silence,
    /// Exchanges that take much longer than usual, answered or not: the callee is impaired.
    Slowness,
}

/// A snapshot of the counters; evidence is counted from one.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    eligible: u64,
    affected: u64,
    pending: u64,
    closed: u64,
    answered: u64,
    /// The first bucket of durations that counts as slow, and the exchanges in it and above.
    slow_bucket: usize,
    slow: u64,
    /// The same for exchanges that have no answer, also where little is known of the edge.
    silent_bucket: usize,
}

impl EdgeCounters {
    /// The counters as they are now.
    pub fn mark(&self) -> Mark {
        let slow_bucket = self.durations.slow_bucket();
        Mark {
            eligible: self.eligible.load(Relaxed),
            affected: self.affected.load(Relaxed),
            pending: self.pending.count(),
            closed: self.closed.load(Relaxed),
            answered: self.durations.count_from(0),
            slow_bucket,
            slow: self.durations.count_from(slow_bucket),
            silent_bucket: self.durations.silent_bucket(),
        }
    }

    /// What happened since `mark`. Exchanges that were open at the mark were eligible too.
    pub fn evidence(&self, since: Mark, symptom: Symptom) -> Evidence {
        let now = self.mark();
        let mut eligible = now.eligible - since.eligible + since.pending;
        let mut affected = now.affected - since.affected;
        match symptom {
            Symptom::ProxyRule => {}
            Symptom::Silence => {
                let closed = unusual(&since, &now);
                eligible += closed;
                affected += closed + self.silent(since.silent_bucket);
            }
            Symptom::Slowness => {
                affected += self.durations.count_from(since.slow_bucket) - since.slow;
                affected += self.pending.count_from(since.slow_bucket);
            }
        }
        Evidence {
            eligible,
            affected: affected.min(eligible),
        }
    }

    /// Unanswered exchanges that show a silent callee: those that have waited for unusually long,
    /// and the later ones, too, where nobody has been answered for so long.
    fn silent(&self, silent_bucket: usize) -> u64 {
        let slow = self.pending.count_from(silent_bucket);
        let answered = *self.last_answer();
        let is_long_ago = |answer: Instant| bucket(answer.elapsed()) >= silent_bucket;
        match slow > 0 && answered.is_none_or(is_long_ago) {
            true => self.pending.count(),
            false => slow,
        }
    }

    fn last_answer(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last_answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection that was cut before its first exchange or between two.
    pub fn connection_lost(&self) {
        self.eligible.fetch_add(1, Relaxed);
        self.affected.fetch_add(1, Relaxed);
    }
}

/// Connections that the callee closed since `since` beyond its habit: a server without keep-alive
/// closes one after every answer, others after a while. The habit is the closes per answer until
/// `since`; without any, one after every answer. Three standard deviations of a Poisson count are
/// left to chance.
fn unusual(since: &Mark, now: &Mark) -> u64 {
    let habit = match since.answered {
        0 => 1.0,
        answered => since.closed as f64 / answered as f64,
    };
    let usual = habit * (now.answered - since.answered) as f64;
    let closed = (now.closed - since.closed) as f64;
    (closed - usual - 3.0 * usual.sqrt()).max(0.0) as u64
}

/// The exchanges of one connection, told apart by the direction of the bytes. Dropping it closes
/// the last exchange; one without an answer counts as affected.
#[derive(Debug)]
pub struct Exchanges {
    counters: Arc<EdgeCounters>,
    open: Mutex<Option<OpenExchange>>,
    /// The caller has closed its side.
    caller_left: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct OpenExchange {
    since: Instant,
    affected: bool,
}

impl Exchanges {
    /// Of a new connection, which counts into `counters`.
    pub fn new(counters: Arc<EdgeCounters>) -> Exchanges {
        Exchanges {
            counters,
            open: Mutex::new(None),
            caller_left: AtomicBool::new(false),
        }
    }

    /// The caller sent bytes; true when they start an exchange.
    pub fn asked(&self) -> bool {
        let mut open = self.lock();
        if open.is_some() {
            return false;
        }
        let since = Instant::now();
        *open = Some(OpenExchange {
            since,
            affected: false,
        });
        self.counters.eligible.fetch_add(1, Relaxed);
        self.counters.pending.begin(since);
        true
    }

    /// The callee sent bytes.
    pub fn answered(&self) {
        if let Some(OpenExchange {
            since,
            affected: false,
        }) = self.lock().take()
        {
            self.counters.pending.end(since);
            self.counters.durations.record(since.elapsed());
            *self.counters.last_answer() = Some(Instant::now());
        }
    }

    /// The caller closed its side of the connection.
    pub fn caller_left(&self) {
        self.caller_left.store(true, Relaxed);
    }

    /// The callee closed the connection: during the open exchange, or between two.
    pub fn callee_left(&self) {
        if self.is_open() {
            self.cut();
        } else if !self.caller_left.load(Relaxed) {
            self.counters.closed.fetch_add(1, Relaxed);
        }
    }

    /// Counts the open exchange, if there is one, as affected by a fault.
    pub fn affect(&self) {
        if let Some(open) = self.lock().as_mut()
            && !open.affected
        {
            open.affected = true;
            self.counters.pending.end(open.since);
            self.counters.affected.fetch_add(1, Relaxed);
        }
    }

    /// The connection ended during the open exchange.
    pub fn cut(&self) {
        self.affect();
        self.lock().take();
    }

    /// The proxy reset the connection: counts the open exchange, or else the idle connection.
    pub fn reset(&self) {
        if self.is_open() {
            self.cut();
        } else {
            self.counters.connection_lost();
        }
    }

    /// Whether the caller waits for an answer.
    pub fn is_open(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<OpenExchange>> {
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
        let counters = Arc::new(EdgeCounters::default());
        let mark = counters.mark();
        let exchanges = Exchanges::new(counters.clone());
        assert!(exchanges.asked());
        assert!(!exchanges.asked());
        exchanges.affect();
        exchanges.affect();
        exchanges.cut();
        drop(exchanges);
        let evidence = counters.evidence(mark, Symptom::Silence);
        assert_eq!((evidence.eligible, evidence.affected), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_is_a_symptom_of_an_impaired_callee() {
        let counters = Arc::new(EdgeCounters::default());
        let exchanges = Exchanges::new(counters.clone());
        let ask = async |ms| {
            exchanges.asked();
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            exchanges.answered();
        };
        for _ in 0..50 {
            ask(5).await;
        }
        let mark = counters.mark();
        ask(5).await;
        ask(200).await;
        let affected = |symptom| counters.evidence(mark, symptom).affected;
        assert_eq!(affected(Symptom::Slowness), 1);
        assert_eq!(affected(Symptom::Silence), 0);
        exchanges.asked();
        assert_eq!(affected(Symptom::Slowness), 1);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(affected(Symptom::Slowness), 2, "it is still unanswered");
    }

    #[test]
    fn a_connection_counts_when_the_callee_closes_it_and_not_when_the_caller_left_first() {
        let counters = Arc::new(EdgeCounters::default());
        let mark = counters.mark();
        let left = Exchanges::new(counters.clone());
        left.caller_left();
        left.callee_left();
        Exchanges::new(counters.clone()).callee_left();
        let affected = |symptom| counters.evidence(mark, symptom).affected;
        assert_eq!(affected(Symptom::Silence), 1);
        assert_eq!(affected(Symptom::ProxyRule), 0);
    }

    #[test]
    fn an_answered_exchange_is_eligible_and_an_unanswered_one_is_affected_by_silence() {
        let counters = Arc::new(EdgeCounters::default());
        let (first, second) = (
            Exchanges::new(counters.clone()),
            Exchanges::new(counters.clone()),
        );
        first.asked();
        let mark = counters.mark();
        first.answered();
        second.asked();
        let silent = counters.evidence(mark, Symptom::Silence);
        assert_eq!((silent.eligible, silent.affected), (2, 1));
        assert_eq!(counters.evidence(mark, Symptom::ProxyRule).affected, 0);
    }

    /// An edge that has answered fifty exchanges in 5 ms each; `closes` after every answer or not.
    async fn used(closes: bool) -> Arc<EdgeCounters> {
        let counters = Arc::new(EdgeCounters::default());
        exchange(&counters, 50, closes).await;
        counters
    }

    async fn exchange(counters: &Arc<EdgeCounters>, count: u32, closes: bool) {
        let kept = Exchanges::new(counters.clone());
        for _ in 0..count {
            kept.asked();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            kept.answered();
            if closes {
                kept.callee_left();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_closes_after_every_answer_is_not_silent_because_of_it() {
        let counters = used(true).await;
        let mark = counters.mark();
        exchange(&counters, 80, true).await;
        let untouched = counters.evidence(mark, Symptom::Silence);
        assert_eq!((untouched.eligible, untouched.affected), (80, 0));
        for _ in 0..100 {
            Exchanges::new(counters.clone()).callee_left();
        }
        let beyond = counters.evidence(mark, Symptom::Silence).affected;
        assert!((60..100).contains(&beyond), "{beyond} beyond its habit");
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_on_its_way_is_no_sign_of_silence_until_it_has_waited_unusually_long() {
        let counters = used(false).await;
        let mark = counters.mark();
        let (first, second) = (
            Exchanges::new(counters.clone()),
            Exchanges::new(counters.clone()),
        );
        let wait = |ms| tokio::time::sleep(std::time::Duration::from_millis(ms));
        let affected = || counters.evidence(mark, Symptom::Silence).affected;
        first.asked();
        wait(3).await;
        assert_eq!(affected(), 0);
        wait(500).await;
        second.asked();
        assert_eq!(affected(), 2, "nobody has been answered for long");
        second.answered();
        second.asked();
        wait(3).await;
        assert_eq!(
            affected(),
            1,
            "others are answered, so only the slow one counts"
        );
    }
}
