//! Fetches a listener's facts from the broker and has them heard.
//!
//! Facts of one aggregate are heard one after the other, others beside them. A message is
//! acknowledged when the listener's transaction has been committed, so one that was in hand when
//! the process or the broker went away comes again; the listener's note of what it has heard makes
//! that harmless.

use super::fate::{Fate, Tries};
use super::lanes::Lanes;
use super::publisher::{declare, in_time};
use super::{BusError, DELIVERY_TIME, RabbitMq, message};
use crate::outbox::{DELIVER, Outgoing};
use crate::telemetry::parse_traceparent;
use crate::transport::{Message, Registry};
use crate::{Call, RemoteError, RemoteKind, Telemetry};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use lapin::message::Delivery as Incoming;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use opentelemetry::trace::SpanKind;
use shop_contracts::{Context, Effect, ErrorCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How many messages may be in hand.
const IN_HAND: u16 = 64;
/// How many may be on their way into the listener's store; it writes one after the other anyway.
const AT_ONCE: usize = 8;
const REST: Duration = Duration::from_millis(250);
/// How long what is under way may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The consumer of one listener's facts.
pub struct Consumer {
    broker: RabbitMq,
    registry: Arc<Registry>,
    listener: Context,
    telemetry: Telemetry,
    slots: Semaphore,
}

impl Consumer {
    /// A consumer for a listener that is mounted in this registry.
    #[must_use]
    pub fn new(
        broker: RabbitMq,
        registry: Arc<Registry>,
        listener: Context,
        telemetry: &Telemetry,
    ) -> Self {
        Self {
            broker,
            registry,
            listener,
            telemetry: telemetry.of(listener),
            slots: Semaphore::new(AT_ONCE),
        }
    }

    /// Consumes until the shutdown, however often the broker goes and comes.
    #[must_use]
    pub fn run(self, shutdown: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(self.consume(shutdown))
    }

    async fn consume(self, shutdown: CancellationToken) {
        loop {
            match self.session(&shutdown).await {
                Ok(()) => return,
                Err(error) => {
                    let listener = self.listener;
                    tracing::debug!(%listener, %error, "no facts can be fetched");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(REST) => {}
            }
        }
    }

    /// Consumes from one channel for as long as it lasts; returns at the shutdown.
    async fn session(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let channel = self.broker.incoming.channel().await?;
        declare(&channel, &self.broker.names, self.listener).await?;
        in_time(channel.basic_qos(IN_HAND, BasicQosOptions::default())).await?;
        let queue = self.broker.names.queue(self.listener);
        let options = BasicConsumeOptions::default();
        let arguments = FieldTable::default();
        let consuming = channel.basic_consume(queue.into(), "".into(), options, arguments);
        let mut arriving = in_time(consuming).await?;
        let mut lanes = Lanes::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                // First of all, because what is let go at the shutdown must not be overtaken.
                biased;
                () = shutdown.cancelled() => break,
                Some(done) = under_way.next() => {
                    if shutdown.is_cancelled() {
                        break;
                    }
                    let aggregate: String = done?;
                    if let Some((fact, incoming)) = lanes.done(&aggregate) {
                        under_way.push(self.take_in(fact, incoming, shutdown));
                    }
                }
                arrived = arriving.next() => {
                    let incoming = arrived.ok_or(BusError::Gone)??;
                    let fact = message::read(&incoming.properties, &incoming.data);
                    let aggregate = fact.aggregate.clone();
                    if let Some((fact, incoming)) = lanes.arrive(&aggregate, (fact, incoming)) {
                        under_way.push(self.take_in(fact, incoming, shutdown));
                    }
                }
            }
        }
        let finish = async { while under_way.next().await.is_some() {} };
        // What is not done by then is delivered again.
        let _ = timeout(LAST_WORDS, finish).await;
        in_time(channel.close(200, "done".into())).await
    }

    /// Has a fact heard, or buries it; gives back whose aggregate is free again.
    async fn take_in(
        &self,
        fact: Outgoing,
        incoming: Incoming,
        shutdown: &CancellationToken,
    ) -> Result<String, BusError> {
        let metrics = self.telemetry.metrics();
        metrics.received(self.listener, incoming.redelivered);
        let mut tries = Tries::default();
        while let Err(error) = self.heard(&fact).await {
            let wait = match tries.failed(&error) {
                Fate::Again(wait) => wait,
                Fate::Dead => {
                    self.bury(&fact, &incoming, &error).await?;
                    break;
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return Ok(fact.aggregate),
                () = sleep(wait) => {}
            }
        }
        incoming.ack(BasicAckOptions::default()).await?;
        Ok(fact.aggregate)
    }

    /// One try. It runs in a task of its own: a listener that panics has failed, no more.
    async fn heard(&self, fact: &Outgoing) -> Result<(), RemoteError> {
        let queue = self.broker.names.queue(self.listener);
        let call = Call::within(DELIVERY_TIME).traced(parse_traceparent(&fact.traceparent));
        let name = format!("process {queue}");
        let mut span = self.telemetry.span(SpanKind::Consumer, name, &call);
        super::describe(&mut span, "process", &queue, self.listener, fact);
        let call = call.traced(span.context().clone());
        let (registry, callee) = (Arc::clone(&self.registry), self.listener);
        let delivery = fact.delivery.clone();
        let _slot = self.slots.acquire().await;
        let hearing = tokio::spawn(async move {
            let message = Message {
                callee,
                method: DELIVER,
                effect: Effect::Idempotent,
                body: &delivery,
            };
            registry.value(call, &message).await.map(drop)
        });
        let outcome = match timeout(DELIVERY_TIME, hearing).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(RemoteError::own(ErrorCode::Internal, panic.to_string())),
            Err(_) => {
                let kind = RemoteKind::Timeout;
                Err(RemoteError::new(kind, callee, "it did not hear in time"))
            }
        };
        if let Err(error) = &outcome {
            span.fail(error.kind.name());
        }
        outcome
    }

    async fn bury(
        &self,
        fact: &Outgoing,
        incoming: &Incoming,
        error: &RemoteError,
    ) -> Result<(), BusError> {
        let reason = error.to_string();
        let properties = message::with_reason(incoming.properties.clone(), &reason);
        let publisher = &self.broker.publisher;
        publisher
            .bury(self.listener, properties, &incoming.data)
            .await?;
        self.telemetry.metrics().dead_lettered(self.listener);
        let (listener, id) = (self.listener, &fact.delivery.id);
        let name = &fact.delivery.fact;
        tracing::error!(%listener, fact = name, id, reason, "a fact was given up");
        Ok(())
    }
}
