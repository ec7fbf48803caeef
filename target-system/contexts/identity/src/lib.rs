//! identity: who somebody is, and proof of it.
//!
//! It keeps customers and the one key that tokens are signed with. Whoever holds the public key
//! can verify a token without asking, so identity may be down for a while and those who are logged
//! in stay so. It calls nobody. Passwords and secrets never reach a log, a span or a fact.

mod account;
mod keys;
mod password;
mod register;
mod seed;
mod settings;
mod store;
mod token;

use keys::SigningKey;
use password::Passwords;
use settings::IdentitySettings;
use shop_contracts::Context;
use shop_contracts::identity::{
    Customer, GetCustomer, IdentityError, IssueToken, JwkSet, Jwks, Register,
};
use shop_platform::{
    BoundedContext, Call, Clock, Failure, Handle, Module, MountError, Mounted, Parts, Store,
};
use token::Issuer;

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

struct Service {
    store: Store,
    clock: Clock,
    passwords: Passwords,
    issuer: Issuer,
}

/// What a handler of this context fails with.
type Refusal = Failure<IdentityError>;

impl Handle<Jwks> for Service {
    async fn handle(&self, _: &Call, _: Jwks) -> Result<JwkSet, Refusal> {
        Ok(JwkSet {
            keys: vec![self.issuer.public_key()],
        })
    }
}

impl Handle<GetCustomer> for Service {
    async fn handle(&self, call: &Call, request: GetCustomer) -> Result<Customer, Refusal> {
        let found = store::customer(&self.store, call, &request.customer_id).await?;
        Ok(found.ok_or(IdentityError::UnknownCustomer)?)
    }
}
