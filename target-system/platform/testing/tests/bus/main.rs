//! How facts are delivered: repeatedly until heard, in the order of their aggregate, with one
//! effect; and that a broker changes none of that, even when it breaks.

mod broker;
mod contract;
mod pair;
#[path = "../proxy/mod.rs"]
mod proxy;
mod rabbitmq;
#[expect(dead_code, reason = "each test looks at something else")]
#[path = "../receiver/mod.rs"]
mod receiver;
#[path = "../toy/mod.rs"]
mod toy;
mod traces;
