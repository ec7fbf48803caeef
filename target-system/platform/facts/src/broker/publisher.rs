//! Publishes facts to the broker and waits for its confirmation.

use crate::broker::connection::{BrokerConnection, TIMEOUT};
use crate::broker::error::BusError;
use crate::broker::names::Names;
use crate::broker::{message, span};
use crate::outgoing::Outgoing;
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, ExchangeKind};
use opentelemetry::trace::SpanKind;
use shop_contracts::Context;
use shop_telemetry::{Telemetry, parse_traceparent, traceparent};
use std::collections::HashSet;
use tokio::sync::Mutex;
use tokio::time::timeout;

pub(crate) struct Publisher {
    names: Names,
    connection: BrokerConnection,
    open: Mutex<Option<Open>>,
}

/// A channel in confirm mode, and the listeners whose queues are known to exist.
struct Open {
    channel: Channel,
    declared: HashSet<Context>,
}

impl Publisher {
    pub(super) fn new(names: Names, connection: BrokerConnection) -> Self {
        Self {
            names,
            connection,
            open: Mutex::default(),
        }
    }

    /// Publishes a fact to a listener and waits until the broker has it on disk.
    pub(crate) async fn publish(
        &self,
        telemetry: &Telemetry,
        listener: Context,
        fact: &Outgoing,
    ) -> Result<(), BusError> {
        let exchange = self.names.exchange();
        let parent = parse_traceparent(&fact.traceparent);
        let mut span = telemetry.span(SpanKind::Producer, format!("send {exchange}"), &parent);
        span::describe(&mut span, "send", &exchange, listener, fact);
        let (host, port) = self.connection.address();
        span.set_server(host, port);
        let properties = message::properties(fact, &traceparent(span.context()));
        let body = fact.delivery.body.as_bytes();
        let key = listener.name();
        let sent = self.confirmed(listener, &exchange, key, properties, body);
        let sent = sent.await;
        match &sent {
            Ok(()) => telemetry.metrics().sent(listener),
            Err(_) => span.fail("broker"),
        }
        sent
    }

    /// Publishes a message that the listener could not take in to its dead-letter queue.
    pub(super) async fn dead_letter(
        &self,
        listener: Context,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<(), BusError> {
        let dead = self.names.dead_letters(listener);
        // The default exchange leads to the queue of the key's name.
        self.confirmed(listener, "", &dead, properties, body).await
    }

    async fn confirmed(
        &self,
        listener: Context,
        exchange: &str,
        key: &str,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<(), BusError> {
        let channel = self.channel(listener).await?;
        // A message that no queue takes is returned.
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let sending = async {
            let sent =
                channel.basic_publish(exchange.into(), key.into(), options, body, properties);
            sent.await?.await
        };
        let outcome = match timeout(TIMEOUT, sending).await {
            Ok(Ok(Confirmation::Ack(None))) => return Ok(()),
            Ok(Ok(_)) => Err(BusError::NotKept),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(BusError::Deadline),
        };
        self.drop_channel(&channel, matches!(outcome, Err(BusError::Deadline)))
            .await;
        outcome
    }

    /// The channel, on which the listener's queue has been declared: a fact may be published before
    /// its listener has ever run.
    async fn channel(&self, listener: Context) -> Result<Channel, BusError> {
        let mut open = self.open.lock().await;
        if open
            .as_ref()
            .is_none_or(|o| !o.channel.status().connected())
        {
            *open = None;
            let channel = self.connection.channel().await?;
            in_time(channel.confirm_select(ConfirmSelectOptions::default())).await?;
            *open = Some(Open {
                channel,
                declared: HashSet::new(),
            });
        }
        let Some(open) = open.as_mut() else {
            return Err(BusError::Gone);
        };
        if !open.declared.contains(&listener) {
            declare(&open.channel, &self.names, listener).await?;
            open.declared.insert(listener);
        }
        Ok(open.channel.clone())
    }

    /// Drops the channel, and its connection too if the broker does not answer at all.
    async fn drop_channel(&self, failed: &Channel, silent: bool) {
        let mut open = self.open.lock().await;
        if open.as_ref().is_some_and(|open| open.channel == *failed) {
            *open = None;
            if silent {
                self.connection.discard().await;
            }
        }
    }
}

/// Makes sure that exchange and queues exist. The queue delivers to one consumer at a time, so that
/// a second replica of the listener waits and the order holds.
pub(super) async fn declare(
    channel: &Channel,
    names: &Names,
    listener: Context,
) -> Result<(), BusError> {
    let (exchange, queue) = (names.exchange(), names.queue(listener));
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let mut single = FieldTable::default();
    single.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    let none = FieldTable::default;
    in_time(async {
        let kind = ExchangeKind::Direct;
        channel
            .exchange_declare(exchange.as_str().into(), kind, durable, none())
            .await?;
        for (queue, arguments) in [
            (names.dead_letters(listener), none()),
            (queue.clone(), single),
        ] {
            channel
                .queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments)
                .await?;
        }
        let (key, options) = (listener.name().into(), QueueBindOptions::default());
        channel
            .queue_bind(queue.into(), exchange.into(), key, options, none())
            .await
    })
    .await
}

/// What the broker answers, if it does.
pub(super) async fn in_time<T>(
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BusError> {
    match timeout(TIMEOUT, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(BusError::Deadline),
    }
}
