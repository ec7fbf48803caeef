//! RabbitMQ between the outbox of a publisher and the listeners: it keeps each fact on disk until
//! the listener has heard it.

mod connection;
mod consumer;
mod error;
mod message;
mod names;
mod outcome;
mod publisher;
mod queues;
mod rabbitmq;
mod span;

pub use consumer::Consumer;
pub use error::BusError;
pub use rabbitmq::RabbitMq;
