//! What every context of the shop stands on: calls, stores, facts, resilience, telemetry.

pub mod calls;
pub mod facts;
pub mod host;
pub mod stores;
pub mod telemetry;
pub mod testing;

pub use calls::{
    Call, CallError, Caller, Failure, Handle, IDEMPOTENCY_HEADER, Principal, Problem, RemoteError,
    RemoteKind, Resilience, Subject, duration,
};
pub use facts::{HearOnce, Listen, ListenError, Publish};
pub use host::{
    Audit, BoundedContext, DataSettings, Module, MountError, Mounted, Mounting, Parts, Scale,
    SeedError, Settings, SettingsError,
};
pub use stores::{
    Begun, Claim, Clock, Entry, Keys, Row, Statement, Store, StoreError, Swapped, Ticket,
    Transaction, sql,
};
pub use telemetry::Telemetry;
