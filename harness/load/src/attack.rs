//! The Goose attack: a pool of users that take due sessions and walk them.
//!
//! The only file that knows how Goose is configured. Goose owns users and connections; time,
//! samples and the end of the load are ours.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction};
use goose::{GooseAttack, GooseError};
use harness_model::load::LoadModel;
use harness_model::{Offset, Sample, Sym};
use tokio::sync::{Semaphore, watch};

use crate::books::Books;
use crate::order::WorkerOrder;
use crate::scheduler::Ticket;
use crate::session::{Session, Sessions};
use crate::visitor::{Compiled, Moment, Visitor};

/// What all users share.
pub struct Attack {
    pub order: WorkerOrder,
    pub sessions: Sessions,
    pub books: Books,
    pub stop: Arc<AtomicBool>,
    /// A permit for every user whose prelude is done.
    pub ready: Semaphore,
    /// A permit for every user that has walked its last session.
    pub finished: Semaphore,
    /// Time zero, once the parent has chosen it.
    pub zero: watch::Sender<Option<Instant>>,
    pub tickets: flume::Receiver<Ticket>,
    pub samples: flume::Sender<Sample>,
    /// Why a prelude failed, once.
    pub failure: Mutex<Option<String>>,
    operations: Vec<Compiled>,
    client: reqwest::Client,
    users: AtomicU64,
    next_session: AtomicU64,
}

impl Attack {
    pub fn new(
        order: WorkerOrder,
        tickets: flume::Receiver<Ticket>,
        samples: flume::Sender<Sample>,
        stop: Arc<AtomicBool>,
    ) -> Result<Attack, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .timeout(Duration::from_nanos(order.plan.timeout_ns))
            .pool_max_idle_per_host(order.plan.pool)
            .build()?;
        Ok(Attack {
            sessions: Sessions::new(&order.plan, order.seed),
            operations: order
                .plan
                .workload
                .operations
                .iter()
                .map(Compiled::new)
                .collect(),
            books: Books::default(),
            ready: Semaphore::new(0),
            finished: Semaphore::new(0),
            zero: watch::Sender::new(None),
            failure: Mutex::new(None),
            users: AtomicU64::new(0),
            next_session: AtomicU64::new(0),
            order,
            tickets,
            samples,
            stop,
            client,
        })
    }

    /// Users in the pool.
    pub fn pool(&self) -> usize {
        match self.order.plan.model {
            LoadModel::Open { .. } => self.order.plan.pool,
            LoadModel::Closed { users } => users,
        }
    }

    /// Runs Goose; it never ends by itself, the worker ends the process.
    pub async fn execute(self: Arc<Self>) -> Result<(), GooseError> {
        let mut config = GooseConfiguration::default();
        config.host = Some(self.order.base_url.clone());
        config.users = Some(self.pool());
        config.increase_rate = Some("100000".to_owned());
        config.quiet = 2;
        config.no_telnet = true;
        config.no_print_metrics = true;
        config.no_reset_metrics = true;
        config.no_transaction_metrics = true;
        config.no_scenario_metrics = true;
        config.no_status_codes = true;
        let attack = Arc::clone(&self);
        let live = Transaction::new(Arc::new(move |user| {
            let attack = Arc::clone(&attack);
            Box::pin(async move {
                attack.live(user).await;
                Ok(())
            })
        }));
        GooseAttack::initialize_with_config(config)?
            .register_scenario(Scenario::new("visitors").register_transaction(live))
            .execute()
            .await
            .map(drop)
    }

    /// A user's whole life: prelude, then session after session.
    async fn live(&self, user: &mut GooseUser) {
        user.client = self.client.clone();
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        let draws: BTreeMap<_, _> = self.order.plan.workload.draws.clone();
        let mut visitor = Visitor::new(Instant::now(), self.order.seed, number, draws);
        if let Err(why) = self.prelude(user, &mut visitor).await {
            self.failure
                .lock()
                .unwrap_or_else(|broken| broken.into_inner())
                .get_or_insert(why);
        }
        self.ready.add_permits(1);
        visitor.zero = self.begun().await;
        match self.order.plan.model {
            LoadModel::Open { .. } => self.serve_tickets(user, &mut visitor).await,
            LoadModel::Closed { .. } => self.loop_sessions(user, &mut visitor).await,
        }
        self.finished.add_permits(1);
        std::future::pending::<()>().await;
    }

    async fn begun(&self) -> Instant {
        let mut zero = self.zero.subscribe();
        let begun = zero
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|zero| *zero);
        begun.unwrap_or_else(Instant::now)
    }

    /// Unrecorded requests, for example to fetch a token.
    async fn prelude(&self, user: &mut GooseUser, visitor: &mut Visitor) -> Result<(), String> {
        for name in &self.order.plan.workload.prelude {
            let named = |compiled: &&Compiled| compiled.plan.name == *name;
            let operation = self
                .operations
                .iter()
                .find(named)
                .ok_or_else(|| format!("no {name}"))?;
            let now = visitor.now();
            let moment = Moment {
                intended: now,
                ready: now,
            };
            let sample = visitor.send(user, operation, &moment).await;
            if !sample.ok() {
                let class = sample.error.name();
                return Err(format!(
                    "{name} of the prelude failed: {class} {}",
                    sample.status
                ));
            }
        }
        visitor.keep();
        Ok(())
    }

    async fn serve_tickets(&self, user: &mut GooseUser, visitor: &mut Visitor) {
        let patience = Duration::from_nanos(self.order.plan.patience_ns);
        loop {
            let free = visitor.now();
            let Ok(Ticket { session, due }) = self.tickets.recv_async().await else {
                return;
            };
            if self.stopped() {
                Books::add(&self.books.cancelled, session.steps.len());
            } else if visitor.now().since(due) > patience {
                self.books.drop_session(&session);
            } else {
                self.walk(user, visitor, &session, due, free).await;
            }
        }
    }

    async fn loop_sessions(&self, user: &mut GooseUser, visitor: &mut Visitor) {
        visitor.wait_until(Offset::ZERO).await;
        let end = Offset(i64::try_from(self.order.plan.duration_ns).unwrap_or(i64::MAX));
        loop {
            let now = visitor.now();
            let over = self.order.plan.requests.is_none() && now >= end;
            if over || self.stopped() {
                return;
            }
            let index = self.next_session.fetch_add(1, Ordering::Relaxed);
            let Some(session) = self.sessions.session(index) else {
                return;
            };
            self.books.owe(&session, now);
            self.walk(user, visitor, &session, now, now).await;
        }
    }

    /// Walks a session. A later step is intended at the previous intended moment plus the expected
    /// response time and the thinking, so a stall cannot push the schedule back (Tene's rule).
    async fn walk(
        &self,
        user: &mut GooseUser,
        visitor: &mut Visitor,
        session: &Session,
        due: Offset,
        free: Offset,
    ) {
        Books::add(&self.books.sessions_started, 1);
        visitor.begin(self.order.seed, session.index);
        let mut moment = Moment {
            intended: due,
            ready: free,
        };
        for (number, step) in session.steps.iter().enumerate() {
            let operation = &self.operations[step.operation];
            if number > 0 {
                moment.intended = moment.intended + Duration::from_nanos(step.think_ns);
                visitor.wait_until(moment.intended).await;
            }
            if self.too_late_to_begin(moment.intended) {
                self.books.forgive(session, due, number);
                return;
            }
            if self.stopped() {
                Books::add(&self.books.cancelled, session.steps.len() - number);
                return;
            }
            let mut sample = visitor.send(user, operation, &moment).await;
            self.complete(&mut sample, session, step.operation, number);
            let taken = sample.response_ns().min(operation.expected_ns());
            moment.intended = moment.intended + Duration::from_nanos(taken);
            moment.ready = sample.done;
            let failed = !sample.ok();
            self.record(sample);
            if failed && step.essential {
                self.books.leave(session, due, number + 1);
                return;
            }
        }
    }

    fn complete(&self, sample: &mut Sample, session: &Session, operation: usize, step: usize) {
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
        let outcome = if sample.ok() {
            &self.books.ok
        } else {
            &self.books.failed
        };
        Books::add(outcome, 1);
        Books::add(&self.books.sent, 1);
        if self.samples.try_send(sample).is_err() {
            Books::add(&self.books.samples_lost, 1);
        }
    }

    fn too_late_to_begin(&self, intended: Offset) -> bool {
        let end = i64::try_from(self.order.plan.duration_ns).unwrap_or(i64::MAX);
        self.order.plan.requests.is_none() && intended.ns() >= end
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
