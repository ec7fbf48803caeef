//! The way of a fact: told until heard, in the order of its aggregate, with one effect; and what a
//! broker must not change about that, whatever becomes of it.

mod broker;
#[path = "../cable/mod.rs"]
mod cable;
mod contract;
mod rabbitmq;
#[expect(dead_code, reason = "each test looks at something else")]
#[path = "../receiver/mod.rs"]
mod receiver;
mod site;
#[path = "../toy/mod.rs"]
mod toy;
mod traces;
