//! The load engine: pooled users that take due sessions, or loop over their own, until the load
//! ends.
//!
//! Owns when a step is sent and when the load is over. All time is tokio's, so tests run it in
//! virtual time. It must not know Goose, sockets or processes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use harness_model::load::LoadModel;
use harness_model::{ErrorClass, Offset, Sample, Sym};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::counters::LoadCounters;
use crate::due_queue::{DueQueue, DueSession};
use crate::expected::Baseline;
use crate::operation::CompiledOperation;
use crate::order::WorkerOrder;
use crate::scheduler::Scheduler;
use crate::sender::Sender;
use crate::session::{Session, Sessions};
use crate::visitor::{StepTiming, Visitor};

/// What all users of a load share.
pub struct Engine {
    pub order: WorkerOrder,
    pub counters: LoadCounters,
    pub stop: CancellationToken,
    /// A permit for every user whose prelude is done.
    pub ready: Semaphore,
    /// A permit for every user that has finished its last session.
    pub finished: Semaphore,
    /// Time zero, once the parent has chosen it.
    pub zero: watch::Sender<Option<Instant>>,
    sessions: Sessions,
    operations: Vec<CompiledOperation>,
    /// When expected times are learned, and which operations' times were handed over.
    baseline: Baseline,
    reported: Mutex<Vec<bool>>,
    due_sessions: DueQueue,
    samples: flume::Sender<Sample>,
    /// Why the first of the failed preludes failed.
    failure: Mutex<Option<String>>,
    users: AtomicU64,
    next_session: AtomicU64,
}

impl Engine {
    pub fn new(order: WorkerOrder, samples: flume::Sender<Sample>) -> Engine {
        let operations = &order.plan.workload.operations;
        Engine {
            sessions: Sessions::new(&order.plan, order.seed),
            operations: operations.iter().map(CompiledOperation::new).collect(),
            baseline: Baseline::of(&order.phases),
            reported: Mutex::new(vec![false; operations.len()]),
            due_sessions: DueQueue::new(pool(&order)),
            counters: LoadCounters::new(end(&order)),
            stop: CancellationToken::new(),
            ready: Semaphore::new(0),
            finished: Semaphore::new(0),
            zero: watch::Sender::new(None),
            failure: Mutex::new(None),
            users: AtomicU64::new(0),
            next_session: AtomicU64::new(0),
            order,
            samples,
        }
    }

    /// Users in the pool.
    pub fn pool(&self) -> usize {
        pool(&self.order)
    }

    /// The scheduler that feeds the users of an open load.
    pub fn scheduler(&self, zero: Instant) -> Scheduler<'_> {
        Scheduler {
            plan: &self.order.plan,
            seed: self.order.seed,
            zero,
            sessions: &self.sessions,
            counters: &self.counters,
            stop: &self.stop,
            due_sessions: &self.due_sessions,
        }
    }

    /// Why the prelude failed, if it did.
    pub fn failure(&self) -> Option<String> {
        let failure = self.failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A user's whole life: the prelude, then session after session.
    pub async fn run_user(&self, sender: &mut impl Sender) {
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        let mut visitor = Visitor::new(&self.order, number);
        if let Err(why) = self.prelude(sender, &mut visitor).await {
            let failure = self.failure.lock();
            failure
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(why);
        }
        self.ready.add_permits(1);
        visitor.zero = self.time_zero().await;
        match self.order.plan.model {
            LoadModel::Open { .. } => self.take_due_sessions(sender, &mut visitor).await,
            LoadModel::Closed { .. } => self.loop_sessions(sender, &mut visitor).await,
        }
        self.finished.add_permits(1);
    }

    async fn time_zero(&self) -> Instant {
        let mut zero = self.zero.subscribe();
        let zero = zero.wait_for(Option::is_some).await;
        zero.ok()
            .and_then(|zero| *zero)
            .unwrap_or_else(Instant::now)
    }

    /// Unrecorded requests, for example to fetch a token.
    async fn prelude(
        &self,
        sender: &mut impl Sender,
        visitor: &mut Visitor<'_>,
    ) -> Result<(), String> {
        for name in &self.order.plan.workload.prelude {
            let named = |one: &&CompiledOperation| one.plan.name == *name;
            let operation = self.operations.iter().find(named);
            let operation = operation.ok_or_else(|| format!("no {name}"))?;
            let now = visitor.now();
            let timing = StepTiming {
                intended: now,
                ready: now,
            };
            let sample = visitor.send(sender, operation, &timing).await;
            if !sample.ok() {
                let (class, status) = (sample.error.name(), sample.status);
                return Err(format!("{name} of the prelude failed: {class} {status}"));
            }
        }
        visitor.keep();
        Ok(())
    }

    async fn take_due_sessions(&self, sender: &mut impl Sender, visitor: &mut Visitor<'_>) {
        loop {
            let free = visitor.now();
            let Some(DueSession { session, due }) = self.due_sessions.next().await else {
                return;
            };
            if self.stop.is_cancelled() {
                self.counters.cancel(&session, due, 0);
            } else if visitor.now().since(due) > self.patience() {
                self.drop_session(&session, due);
            } else {
                self.run_session(sender, visitor, &session, due, free).await;
            }
        }
    }

    /// Gives up the sessions that have waited for longer than their patience, and once the load is
    /// stopped all that wait. For whoever has the time: users only notice when one of them is free.
    pub fn give_up_late_sessions(&self) {
        let Some(zero) = *self.zero.borrow() else {
            return;
        };
        let is_stopped = self.stop.is_cancelled();
        let now = Offset::from_duration(Instant::now().saturating_duration_since(zero));
        let before = match is_stopped {
            true => Offset(i64::MAX),
            false => now - Offset::from_duration(self.patience()),
        };
        while let Some(DueSession { session, due }) = self.due_sessions.take_due_before(before) {
            match is_stopped {
                true => self.counters.cancel(&session, due, 0),
                false => self.drop_session(&session, due),
            }
        }
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.due_sessions.len()
    }

    /// Nobody took the session in time: a request for each of its steps was due in vain.
    fn drop_session(&self, session: &Session, due: Offset) {
        self.counters.drop_session();
        let (mut intended, patience_over) = (due, due + self.patience());
        for (number, step) in session.steps.iter().enumerate() {
            intended = intended + Duration::from_nanos(step.think_ns);
            if self.is_over(intended) {
                self.counters.withdraw(session, due, number);
                return;
            }
            let given_up = intended + self.patience();
            let mut sample = Sample::not_sent(ErrorClass::NotSent, intended, given_up);
            self.place(&mut sample, session, step.operation, number);
            self.record(sample);
            let expected = &self.operations[step.operation].expected;
            let expected = expected.at(&self.baseline, patience_over).unwrap_or(0);
            intended = intended + Duration::from_nanos(expected);
        }
    }

    /// Operation -> expected time in milliseconds, of those that were frozen since it was last
    /// asked. Nobody expects anything in a closed load.
    pub fn newly_expected_ms(&self) -> BTreeMap<String, f64> {
        let Some(zero) = self.zero.borrow().filter(|_| !self.is_closed()) else {
            return BTreeMap::new();
        };
        let now = Offset::from_duration(Instant::now().saturating_duration_since(zero));
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.operations.iter().zip(reported.iter_mut());
        let open = open.filter(|(_, reported)| !**reported);
        let learned = open.filter_map(|(operation, reported)| {
            let frozen = operation.expected.freeze_if_over(&self.baseline, now)?;
            *reported = true;
            Some((operation.plan.name.clone(), frozen as f64 / 1e6))
        });
        learned.collect()
    }

    async fn loop_sessions(&self, sender: &mut impl Sender, visitor: &mut Visitor<'_>) {
        self.wait_until(visitor, Offset::ZERO).await;
        loop {
            let now = visitor.now();
            if self.is_over(now) || self.stop.is_cancelled() {
                return;
            }
            let index = self.next_session.fetch_add(1, Ordering::Relaxed);
            let Some(session) = self.sessions.session(index) else {
                return;
            };
            self.counters.schedule(&session, now);
            self.run_session(sender, visitor, &session, now, now).await;
        }
    }

    /// In an open load a later step is intended at the previous intended moment plus the expected
    /// response time and the think time, so a stall cannot push the schedule back (Tene's rule). A
    /// closed load has no schedule: what its users ask, they ask when they are ready.
    async fn run_session(
        &self,
        sender: &mut impl Sender,
        visitor: &mut Visitor<'_>,
        session: &Session,
        due: Offset,
        free: Offset,
    ) {
        self.counters.start_session();
        visitor.begin(session.index);
        let mut timing = StepTiming {
            intended: due,
            ready: free,
        };
        for (number, step) in session.steps.iter().enumerate() {
            let operation = &self.operations[step.operation];
            if number > 0 {
                timing.intended = timing.intended + Duration::from_nanos(step.think_ns);
                self.wait_until(visitor, timing.intended).await;
            }
            let begins = match self.is_closed() {
                true => visitor.now(),
                false => timing.intended,
            };
            if self.is_over(begins) {
                self.counters.withdraw(session, due, number);
                return;
            }
            if self.stop.is_cancelled() {
                self.counters.cancel(session, due, number);
                return;
            }
            let mut sample = visitor.send(sender, operation, &timing).await;
            if self.is_closed() {
                sample.intended = sample.sent;
            }
            self.place(&mut sample, session, step.operation, number);
            timing = self.after(operation, &sample);
            self.record(sample);
            if !sample.ok() && step.essential {
                self.counters.leave(session, due, number + 1);
                return;
            }
        }
    }

    /// The clocks of the step after this one, before its think time; learns from good answers.
    fn after(&self, operation: &CompiledOperation, sample: &Sample) -> StepTiming {
        let moved = match sample.was_sent() {
            _ if self.is_closed() => Duration::from_nanos(sample.response_ns()),
            true => {
                let response_ns = sample.response_ns();
                operation
                    .expected
                    .moves(&self.baseline, sample.done, response_ns)
            }
            false => Duration::ZERO,
        };
        if sample.ok() && !self.is_closed() {
            let service_ns = sample.service_ns();
            operation
                .expected
                .learn(&self.baseline, sample.done, service_ns);
        }
        StepTiming {
            intended: sample.intended + moved,
            ready: sample.done,
        }
    }

    /// Waits for a moment of the load, or until the load is stopped.
    async fn wait_until(&self, visitor: &Visitor<'_>, at: Offset) {
        let at = visitor.instant(at);
        if at > Instant::now() {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep_until(at) => {}
            }
        }
    }

    /// Says of a sample which step of which session it is, and in which phase.
    fn place(&self, sample: &mut Sample, session: &Session, operation: usize, step: usize) {
        // Both ends build the same table: the empty name, operations, journeys.
        let operations = self.operations.len();
        sample.operation = Sym(operation as u32 + 1);
        sample.journey = session
            .journey
            .map_or(Sym::NONE, |one| Sym((operations + one) as u32 + 1));
        sample.session = session.index as u32;
        sample.step = step as u16;
        let phases = &self.order.phases;
        let phase = phases.partition_point(|phase| phase.to <= sample.intended);
        sample.phase = phase.min(phases.len().saturating_sub(1)) as u16;
    }

    fn record(&self, sample: Sample) {
        self.counters.end(sample.error);
        if self.samples.try_send(sample).is_err() {
            self.counters.sample_lost();
        }
    }

    fn is_over(&self, at: Offset) -> bool {
        end(&self.order).is_some_and(|end| at >= end)
    }

    fn is_closed(&self) -> bool {
        matches!(self.order.plan.model, LoadModel::Closed { .. })
    }

    fn patience(&self) -> Duration {
        Duration::from_nanos(self.order.plan.patience_ns)
    }
}

fn pool(order: &WorkerOrder) -> usize {
    match order.plan.model {
        LoadModel::Open { .. } => order.plan.pool,
        LoadModel::Closed { users } => users,
    }
}

/// The end of a load that ends by time; `None` when it ends by its number of requests.
fn end(order: &WorkerOrder) -> Option<Offset> {
    let duration = Duration::from_nanos(order.plan.duration_ns);
    let by_time = order.plan.requests.is_none();
    by_time.then(|| Offset::from_duration(duration))
}
