//! The broker of a test: a shared server, with names of this test's own.

use lapin::options::{BasicGetOptions, ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::types::AMQPValue;
use lapin::{Channel, Connection, ConnectionProperties};
use shop_facts::RabbitMq;
use shop_testing::server;

pub struct Broker {
    pub url: String,
    prefix: String,
}

impl Broker {
    /// The broker that `SHAKEDOWN_TEST_RABBITMQ` names; without one, `None`.
    pub fn named() -> Option<Self> {
        Some(Self {
            url: server("SHAKEDOWN_TEST_RABBITMQ")?,
            prefix: format!("test-{}", uuid::Uuid::now_v7()),
        })
    }

    /// The broker as the shop uses it, directly or through another address.
    pub fn at(&self, url: &str) -> RabbitMq {
        RabbitMq::at(url, &self.prefix).expect("the address is one")
    }

    /// Takes the oldest dead letter: its body, and why it was given up.
    pub async fn dead_letter(&self) -> Option<(String, String)> {
        let dead = format!("{}.notification.dead", self.prefix);
        let (channel, _connection) = self.channel().await;
        let found = channel.basic_get(dead.into(), BasicGetOptions { no_ack: true });
        let delivery = found.await.expect("the queue is there")?.delivery;
        let headers = delivery.properties.headers().clone();
        let headers = headers.expect("a fact has headers");
        let Some(AMQPValue::LongString(reason)) = headers.inner().get("reason") else {
            panic!("a dead message says why");
        };
        let body = String::from_utf8(delivery.data).expect("a fact is text");
        Some((body, reason.to_string()))
    }

    /// Deletes its queues and its exchange.
    pub async fn clean(&self) {
        let (channel, _connection) = self.channel().await;
        for queue in ["notification", "notification.dead"] {
            let queue = format!("{}.{queue}", self.prefix);
            let gone = channel.queue_delete(queue.into(), QueueDeleteOptions::default());
            gone.await.expect("the queue can be deleted");
        }
        let exchange = format!("{}.facts", self.prefix);
        let gone = channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default());
        gone.await.expect("the exchange can be deleted");
    }

    async fn channel(&self) -> (Channel, Connection) {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await;
        let connection = connection.expect("the broker that was named answers");
        let channel = connection.create_channel().await;
        (channel.expect("a channel can be opened"), connection)
    }
}
