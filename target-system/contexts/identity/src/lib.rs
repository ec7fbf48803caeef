//! identity: customers, and tokens that authenticate them.
//!
//! It stores customers and the one key that signs tokens. Others verify a token with the public key
//! and without a call, so customers stay logged in while identity is down. It must know no other
//! context. Passwords and secrets never reach a log, a span or a fact.
//!
//! - `register` opens accounts by the rules of `account`; `token` exchanges a grant for a token
//!   that `issuer` signs with the key of `keys`.
//! - `password` hashes and verifies; `service` is the state that the handlers share; `store` reads
//!   and writes the tables; `settings` has the settings, `seed` the customers of the seeded world.

mod account;
mod issuer;
mod keys;
mod password;
mod register;
mod seed;
mod service;
mod settings;
mod store;
mod token;

use issuer::Issuer;
use keys::SigningKey;
use password::Passwords;
use service::Service;
use settings::IdentitySettings;
use shop_contracts::Context;
use shop_contracts::identity::{GetCustomer, IssueToken, Jwks, Register};
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts};

/// The identity context.
pub struct Identity;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Identity>();

impl BoundedContext for Identity {
    const CONTEXT: Context = Context::Identity;
    const CALLS: &'static [Context] = &[];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_customers.sql")];
    const SETTINGS: &'static str = include_str!("../settings.toml");

    async fn seed(parts: &Parts) -> Result<(), MountError> {
        seed::run(parts).await
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: IdentitySettings = parts.settings.section(Self::CONTEXT.name())?;
        let passwords = Passwords::new(&settings.password)?;
        let key = SigningKey::load(&parts.store).await?;
        let issuer = Issuer::new(settings, key, &passwords)?;
        let service = Service {
            store: parts.store,
            clock: parts.clock,
            passwords,
            issuer,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Register>()
            .answers::<IssueToken>()
            .answers::<Jwks>()
            .answers::<GetCustomer>()
            .done())
    }
}
