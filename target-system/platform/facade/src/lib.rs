//! What a context of the shop may use of the platform, and nothing else: calls, stores, facts, its
//! mounting.
//!
//! A context implements [`BoundedContext`]: it is given its [`Parts`] (its own [`Store`], a
//! [`Caller`] that knows whom it may call, settings, a clock) and returns what it [`Mounted`]:
//! handlers, listeners and background tasks. Whether a call then crosses a function, a serialiser
//! or a network is decided by the shape, never by the context.
//!
//! The platform itself is a folder of crates in rings; each imports only those above it in this
//! list:
//! - `shop-telemetry`: spans, metrics, logs;
//! - `shop-calls`: typed calls, their transports, and the layers that make them survive failures;
//! - `shop-stores`: rows, keys and answers under idempotency keys;
//! - `shop-facts`: outbox, bus and listeners;
//! - `shop-host`: mounting, settings and the server of a process;
//! - `shop-testing`: a bench to test one context on, for dev-dependencies only.
//!
//! This crate only re-exports. The composition of a process uses the rings themselves.

pub use shop_calls::{
    Call, CallError, Caller, Failure, Handle, IDEMPOTENCY_HEADER, Principal, Problem, RemoteError,
    RemoteKind, Subject, duration,
};
pub use shop_facts::{HearOnce, Listen, ListenError, Publish};
pub use shop_host::{
    Audit, BoundedContext, Module, MountError, Mounted, Mounting, Parts, Scale, Settings,
    SettingsError,
};
pub use shop_stores::{
    Begun, Claim, Clock, Entry, Keys, Row, Statement, Store, StoreError, Swapped, Ticket,
    Transaction, sql,
};
