//! What contexts keep: rows on SQLite or PostgreSQL, values under keys on Redis, and answers under
//! idempotency keys.
//!
//! - `store` reads a context's own tables and `transaction` writes them; `statement` and `row` are
//!   what goes in and comes out, with spans and waiting times for free; `error` is how it fails.
//! - `database` holds the connections of one database, `engine` says where it is; `sqlite` and
//!   `postgres` are the engines, `turn` says with whom a writer shares them, `copy` fills the
//!   second from the first, `operation` names a statement for telemetry.
//! - `migrate` brings tables up to date, the platform's own (`platform.sql`) among them; `sweep`
//!   deletes what has expired; `subscriptions` says who gets a row of an outbox.
//! - `idempotency` answers a repeated request from its record, `idempotency_key` identifies it.
//! - `keys` are a context's values on Redis; `clock` is the time that rows bear.
//!
//! All SQL must run unchanged on SQLite and PostgreSQL: `$1` parameters, `BIGINT` and `TEXT`
//! columns, money in minor units, times in milliseconds, `ON CONFLICT` clauses. A context's tables
//! carry its name as a prefix (`order_orders`), because in the monolith all share one database.
//!
//! This ring must not know how facts travel, nor HTTP.

mod clock;
mod copy;
mod database;
mod engine;
mod error;
mod idempotency;
mod idempotency_key;
mod keys;
mod migrate;
mod operation;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod store;
mod subscriptions;
mod sweep;
mod transaction;
mod turn;

pub use clock::Clock;
pub use database::Database;
pub use engine::Engine;
pub use error::StoreError;
pub use idempotency::{Begun, Claim, Ticket};
pub use keys::{Entry, Keys, Swapped};
pub use row::{Column, Row};
pub use statement::{Argument, Statement, sql};
pub use store::Store;
pub use subscriptions::Subscriptions;
pub use transaction::Transaction;
