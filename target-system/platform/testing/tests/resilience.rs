//! The layers in front of a callee, over a transport that a test controls.

mod toy;

use futures::future::BoxFuture;
use opentelemetry::trace::SpanKind;
use shop_calls::Caller;
use shop_calls::Network;
use shop_calls::{Answer, Message, Peer, Transport};
use shop_calls::{Call, CallError, RemoteError, RemoteKind, Resilience};
use shop_contracts::{Context, ErrorCode};
use shop_telemetry::Telemetry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use toy::{Add, Total, ToyError};

/// Fails the first attempts, each after a while, and then answers 7.
struct Scripted {
    attempts: AtomicU32,
    failures: u32,
    takes: Duration,
    peer: Peer,
}

impl Scripted {
    fn new(failures: u32, takes: Duration) -> Arc<Self> {
        let peer = Peer {
            kind: SpanKind::Internal,
            process: None,
            address: None,
        };
        Arc::new(Self {
            attempts: AtomicU32::new(0),
            failures,
            takes,
            peer,
        })
    }

    fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::SeqCst)
    }
}

impl Transport for Scripted {
    fn send<'a>(
        &'a self,
        _: &'a Call,
        _: &'a Message<'a>,
    ) -> BoxFuture<'a, Result<Answer, RemoteError>> {
        Box::pin(async move {
            let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.takes).await;
            if attempt < self.failures {
                Err(toy::sick())
            } else {
                Ok(Answer::Reply("7".into()))
            }
        })
    }

    fn peer(&self) -> &Peer {
        &self.peer
    }
}

fn resilience() -> Resilience {
    Resilience {
        timeout: Duration::from_secs(1),
        retries: 2,
        retry_budget: 0.1,
        breaker: true,
        bulkhead: 4,
        deadline: Duration::from_secs(5),
    }
}

fn caller(transport: &Arc<Scripted>, resilience: &Resilience) -> Caller {
    let route: Arc<dyn Transport> = Arc::clone(transport) as _;
    let network = Arc::new(Network::new([(Context::Cart, route)], resilience));
    Caller::new(
        Context::Order,
        &[Context::Cart],
        network,
        &Telemetry::untraced(),
    )
}

fn call() -> Call {
    Call::within(Duration::from_secs(10))
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, CallError<ToyError>>) -> RemoteKind {
    match outcome {
        Err(CallError::Remote(error)) => error.kind,
        other => panic!("{other:?} is not the lack of an answer"),
    }
}

const QUICK: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_again_until_it_is_answered() {
    let transport = Scripted::new(2, QUICK);
    let answer = caller(&transport, &resilience())
        .call(&call(), Total {})
        .await;
    assert_eq!((answer, transport.attempts()), (Ok(7), 3));
}

#[tokio::test(start_paused = true)]
async fn what_takes_effect_once_is_never_tried_again() {
    let transport = Scripted::new(1, QUICK);
    let outcome = caller(&transport, &resilience())
        .call(&call(), Add { amount: 1 })
        .await;
    assert_eq!(kind(outcome), RemoteKind::Answered(ErrorCode::Unavailable));
    assert_eq!(transport.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn retries_stop_when_their_budget_is_spent() {
    let transport = Scripted::new(u32::MAX, QUICK);
    let rules = Resilience {
        breaker: false,
        retry_budget: 0.1,
        ..resilience()
    };
    let caller = caller(&transport, &rules);
    for _ in 0..1_000 {
        let _ = caller.call(&call(), Total {}).await;
    }
    let retries = transport.attempts() - 1_000;
    assert!((100..=110).contains(&retries), "{retries}");
}

#[tokio::test(start_paused = true)]
async fn one_attempt_takes_no_longer_than_the_timeout() {
    let transport = Scripted::new(0, Duration::from_secs(60));
    let rules = Resilience {
        retries: 0,
        ..resilience()
    };
    let started = tokio::time::Instant::now();
    let outcome = caller(&transport, &rules).call(&call(), Total {}).await;
    assert_eq!(kind(outcome), RemoteKind::Timeout);
    assert_eq!(started.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn no_attempt_outlives_the_deadline_of_the_call() {
    let transport = Scripted::new(0, Duration::from_secs(60));
    let started = tokio::time::Instant::now();
    let short = Call::within(Duration::from_millis(300));
    let outcome = caller(&transport, &resilience())
        .call(&short, Total {})
        .await;
    assert_eq!(kind(outcome), RemoteKind::Timeout);
    assert_eq!(started.elapsed(), Duration::from_millis(300));
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_spares_a_failing_callee() {
    let transport = Scripted::new(u32::MAX, QUICK);
    let rules = Resilience {
        retries: 0,
        ..resilience()
    };
    let caller = caller(&transport, &rules);
    for _ in 0..20 {
        let _ = caller.call(&call(), Total {}).await;
    }
    assert_eq!(
        kind(caller.call(&call(), Total {}).await),
        RemoteKind::BreakerOpen
    );
    assert_eq!(transport.attempts(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_bulkhead_refuses_what_does_not_fit() {
    let transport = Scripted::new(0, Duration::from_millis(100));
    let caller = caller(&transport, &resilience());
    let envelope = call();
    let calls = (0..5).map(|_| caller.call(&envelope, Total {}));
    let outcomes = futures::future::join_all(calls).await;
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(answered, 4);
    let refused = outcomes.into_iter().find(Result::is_err).unwrap();
    assert_eq!(kind(refused), RemoteKind::Bulkhead);
}

#[tokio::test(start_paused = true)]
async fn a_context_cannot_call_one_that_it_does_not_declare() {
    let transport = Scripted::new(0, QUICK);
    let route: Arc<dyn Transport> = Arc::clone(&transport) as _;
    let network = Arc::new(Network::new([(Context::Cart, route)], &resilience()));
    let stranger = Caller::new(
        Context::Order,
        &[Context::Catalog],
        network,
        &Telemetry::untraced(),
    );
    assert_eq!(
        kind(stranger.call(&call(), Total {}).await),
        RemoteKind::NotAllowed
    );
    assert_eq!(transport.attempts(), 0);
}
