//! provider: a simulator of the external payment provider, in its own process in every shape.
//!
//! It stands for a system that the shop does not control, so it is the only context that delays its
//! answers on purpose, by a configured distribution. It keeps its own records, applies every
//! operation once per key, and declines cards by their last digits. It must know no context of the
//! shop.
//!
//! - `operation` has the rules, `decline` the declined cards, `latency` the delay of an answer;
//!   `store` reads and writes the tables.

mod decline;
mod latency;
mod operation;
mod store;

use latency::{Latency, LatencySettings};
use operation::{Operation, Outcome};
use shop_contracts::provider::{Held, Hold, LetGo, PayBack, ProviderError, Settle};
use shop_contracts::{Context, Rpc};
use shop_platform::{
    BoundedContext, Call, Failure, Handle, Module, MountError, Mounted, Parts, Store,
};

/// The payment provider.
pub struct Provider;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Provider>();

impl BoundedContext for Provider {
    const CONTEXT: Context = Context::Provider;
    const CALLS: &'static [Context] = &[];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_holds.sql")];
    const AUDIT: &'static [(&'static str, &'static str)] = &[("captured", store::CAPTURED)];
    const SETTINGS: &'static str = include_str!("../settings.toml");

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: LatencySettings = parts.settings.section(Self::CONTEXT.name())?;
        let latency = Latency::new(&settings, parts.scale.stream("provider latency"))?;
        Ok(Mounted::of(
            Self::CONTEXT,
            Service {
                store: parts.store,
                latency,
            },
        )
        .answers::<Hold>()
        .answers::<Settle>()
        .answers::<LetGo>()
        .answers::<PayBack>()
        .done())
    }
}

struct Service {
    store: Store,
    latency: Latency,
}

impl Service {
    /// Applies an operation once per key, after the simulated latency. A repetition with the same
    /// key gets the first answer, also when that was a refusal.
    async fn apply(
        &self,
        call: &Call,
        operation: Operation<'_>,
    ) -> Result<Outcome, Failure<ProviderError>> {
        tokio::time::sleep(self.latency.draw()).await;
        let mut transaction = self.store.write(call).await?;
        let fingerprint = operation.fingerprint();
        let earlier = store::answer(&mut transaction, operation.key).await?;
        if let Some(earlier) = earlier {
            if earlier.fingerprint != fingerprint {
                return Err(ProviderError::KeyReused.into());
            }
            return Ok(earlier.outcome);
        }
        let hold = store::hold(&mut transaction, &operation.hold_id()).await?;
        let (outcome, hold) = operation.apply(hold);
        if let Some(hold) = hold {
            store::upsert(&mut transaction, &hold).await?;
        }
        store::insert_answer(&mut transaction, operation.key, &fingerprint, &outcome).await?;
        transaction.commit().await?;
        Ok(outcome)
    }
}

impl Handle<Hold> for Service {
    async fn handle(&self, call: &Call, request: Hold) -> Reply<Hold> {
        let hold_id = self.apply(call, Operation::hold(&request)).await??;
        Ok(Held { hold_id })
    }
}

impl Handle<Settle> for Service {
    async fn handle(&self, call: &Call, request: Settle) -> Reply<Settle> {
        self.apply(call, Operation::settle(&request)).await??;
        Ok(())
    }
}

impl Handle<LetGo> for Service {
    async fn handle(&self, call: &Call, request: LetGo) -> Reply<LetGo> {
        self.apply(call, Operation::let_go(&request)).await??;
        Ok(())
    }
}

impl Handle<PayBack> for Service {
    async fn handle(&self, call: &Call, request: PayBack) -> Reply<PayBack> {
        self.apply(call, Operation::pay_back(&request)).await??;
        Ok(())
    }
}

type Reply<R> = Result<<R as Rpc>::Reply, Failure<<R as Rpc>::Error>>;
