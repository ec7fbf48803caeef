//! Fetches a listener's facts from the broker and delivers them to it.
//!
//! Facts of one aggregate are heard one after the other, those of others beside them. A message is
//! acknowledged when the listener's transaction has been committed, so one that was under way when
//! the process or the broker went away is delivered again; that is harmless, because the listener
//! has recorded what it has heard.

use crate::broker::error::BusError;
use crate::broker::outcome::{Outcome, Tries};
use crate::broker::publisher::{declare, in_time};
use crate::broker::queues::AggregateQueues;
use crate::broker::rabbitmq::RabbitMq;
use crate::broker::{message, span};
use crate::outgoing::{DELIVERY_TIME, Outgoing};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use lapin::message::Delivery as Incoming;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use opentelemetry::trace::SpanKind;
use shop_calls::{Call, DELIVER, HandlerTable, Message, RemoteError, RemoteKind};
use shop_contracts::{Context, Effect, ErrorCode};
use shop_telemetry::{Telemetry, parse_traceparent};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How many messages may be unacknowledged.
const PREFETCH: u16 = 64;
/// How many may be delivered at once; the listener's store writes one after the other anyway.
const CONCURRENCY: usize = 8;
const RECONNECT_WAIT: Duration = Duration::from_millis(250);
/// How long deliveries under way may take at the shutdown.
const DRAIN: Duration = Duration::from_secs(1);

/// The consumer of one listener's facts.
pub struct Consumer {
    broker: RabbitMq,
    handlers: Arc<HandlerTable>,
    listener: Context,
    telemetry: Telemetry,
    slots: Semaphore,
}

impl Consumer {
    /// A consumer for a listener that is mounted in this process.
    #[must_use]
    pub fn new(
        broker: RabbitMq,
        handlers: Arc<HandlerTable>,
        listener: Context,
        telemetry: &Telemetry,
    ) -> Self {
        Self {
            broker,
            handlers,
            listener,
            telemetry: telemetry.of(listener),
            slots: Semaphore::new(CONCURRENCY),
        }
    }

    /// Consumes until the shutdown, however often the connection breaks.
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
                () = sleep(RECONNECT_WAIT) => {}
            }
        }
    }

    /// Consumes from one channel for as long as it lasts; returns at the shutdown.
    async fn session(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let channel = self.broker.incoming.channel().await?;
        declare(&channel, &self.broker.names, self.listener).await?;
        in_time(channel.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
        let queue = self.broker.names.queue(self.listener);
        let options = BasicConsumeOptions::default();
        let arguments = FieldTable::default();
        let consuming = channel.basic_consume(queue.into(), "".into(), options, arguments);
        let mut arriving = in_time(consuming).await?;
        let mut queues = AggregateQueues::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                // First, because what is dropped at the shutdown must not be overtaken.
                biased;
                () = shutdown.cancelled() => break,
                Some(done) = under_way.next() => {
                    if shutdown.is_cancelled() {
                        break;
                    }
                    let aggregate: String = done?;
                    if let Some((fact, incoming)) = queues.done(&aggregate) {
                        under_way.push(self.take_in(fact, incoming, shutdown));
                    }
                }
                arrived = arriving.next() => {
                    let incoming = arrived.ok_or(BusError::Gone)??;
                    let fact = message::read(&incoming.properties, &incoming.data);
                    let aggregate = fact.aggregate.clone();
                    if let Some((fact, incoming)) = queues.arrive(&aggregate, (fact, incoming)) {
                        under_way.push(self.take_in(fact, incoming, shutdown));
                    }
                }
            }
        }
        let finish = async { while under_way.next().await.is_some() {} };
        // What is not done by then will be delivered again.
        let _ = timeout(DRAIN, finish).await;
        in_time(channel.close(200, "done".into())).await
    }

    /// Delivers a fact until it is heard or given up; returns the aggregate that is free again.
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
                Outcome::Retry(wait) => wait,
                Outcome::DeadLetter => {
                    self.dead_letter(&fact, &incoming, &error).await?;
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

    /// One try. It runs in a task of its own, so that a listener that panics has merely failed.
    async fn heard(&self, fact: &Outgoing) -> Result<(), RemoteError> {
        let queue = self.broker.names.queue(self.listener);
        let parent = parse_traceparent(&fact.traceparent);
        let name = format!("process {queue}");
        let mut span = self.telemetry.span(SpanKind::Consumer, name, &parent);
        span::describe(&mut span, "process", &queue, self.listener, fact);
        let call = Call::within(DELIVERY_TIME).traced(span.context().clone());
        let (handlers, callee) = (Arc::clone(&self.handlers), self.listener);
        let delivery = fact.delivery.clone();
        let _slot = self.slots.acquire().await;
        let hearing = tokio::spawn(async move {
            let message = Message {
                callee,
                method: DELIVER,
                effect: Effect::Idempotent,
                body: &delivery,
            };
            handlers.value(call, &message).await.map(drop)
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

    async fn dead_letter(
        &self,
        fact: &Outgoing,
        incoming: &Incoming,
        error: &RemoteError,
    ) -> Result<(), BusError> {
        let reason = error.to_string();
        let properties = message::with_reason(incoming.properties.clone(), &reason);
        let publisher = &self.broker.publisher;
        publisher
            .dead_letter(self.listener, properties, &incoming.data)
            .await?;
        self.telemetry.metrics().dead_lettered(self.listener);
        let (listener, id) = (self.listener, &fact.delivery.id);
        let name = &fact.delivery.fact;
        tracing::error!(%listener, fact = name, id, reason, "a fact was given up");
        Ok(())
    }
}
