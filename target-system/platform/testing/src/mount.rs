//! A context on the bench, and what a test may ask of it.

use crate::Scratch;
use axum::Router;
use shop_calls::{Call, CallError, Caller, DELIVER, Delivery, Message, Network};
use shop_contracts::{Context, Effect, Fact, Rpc};
use shop_host::{Parts, entry};
use shop_stores::{Engine, Row, sql};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::DropGuard;
use uuid::Uuid;

/// A context on the bench.
pub struct Mount {
    pub(super) parts: Parts,
    pub(super) network: Arc<Network>,
    pub(super) routes: Router,
    pub(super) _stop: DropGuard,
    pub(super) scratch: Scratch,
}

impl Mount {
    /// Calls the context under test.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn call<R: Rpc>(&self, request: R) -> Result<R::Reply, CallError<R::Error>> {
        self.call_as(&Call::within(Duration::from_secs(10)), request)
            .await
    }

    /// Calls the context under test with this envelope.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn call_as<R: Rpc>(
        &self,
        call: &Call,
        request: R,
    ) -> Result<R::Reply, CallError<R::Error>> {
        Caller::new(
            Context::Gateway,
            &Context::ALL,
            Arc::clone(&self.network),
            &self.parts.telemetry,
        )
        .call(call, request)
        .await
    }

    /// Delivers a fact to the context under test twice, as a relay does that lost the answer.
    ///
    /// # Panics
    /// When the context does not take it in.
    pub async fn deliver_twice<F: Fact>(&self, fact: &F) {
        let delivery = Self::delivery(fact);
        for _ in 0..2 {
            self.deliver(&delivery).await;
        }
    }

    /// A delivery of this fact, to be delivered as often as the test likes.
    ///
    /// # Panics
    /// When the fact cannot be written as JSON.
    pub fn delivery<F: Fact>(fact: &F) -> Delivery {
        Delivery {
            id: Uuid::now_v7().to_string(),
            fact: F::NAME.to_owned(),
            body: serde_json::to_string(fact).expect("a fact can be written as JSON"),
        }
    }

    /// Delivers a fact to the context under test.
    ///
    /// # Panics
    /// When the context does not take it in.
    pub async fn deliver(&self, delivery: &Delivery) {
        let call = Call::within(Duration::from_secs(10));
        let message = Message {
            callee: self.parts.store.context(),
            method: DELIVER,
            effect: Effect::Idempotent,
            body: delivery,
        };
        let telemetry = &self.parts.telemetry;
        let delivered = self.network.exchange(telemetry, &call, &message);
        delivered.await.expect("the fact is heard");
    }

    /// The facts of this type that the context has published: on the bench every fact has a
    /// listener, and no relay takes it from the outbox.
    ///
    /// # Panics
    /// When the outbox cannot be read.
    pub async fn published<F: Fact>(&self) -> Vec<F> {
        let select = format!(
            "SELECT body FROM {}_outbox WHERE fact = $1 ORDER BY id",
            self.parts.store.context()
        );
        let call = Call::within(Duration::from_secs(10));
        let bodies: Vec<String> = self
            .parts
            .store
            .all(&call, sql(select).bind(F::NAME), |row| row.get("body"))
            .await
            .expect("the outbox can be read");
        let decode = |body: &String| serde_json::from_str(body).expect("a fact that was published");
        bodies.iter().map(decode).collect()
    }

    /// The whole content of the store as one text, to look for what must not be there.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn everything_kept(&self) -> String {
        if self.scratch.engine() == &Engine::Sqlite {
            let read = |file: &str| {
                let path = self
                    .scratch
                    .folder()
                    .join(self.scratch.name().to_owned() + file);
                std::fs::read(path).expect("the file is there")
            };
            let bytes = [read(".db"), read(".db-wal")].concat();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let select = "SELECT CAST(schema_to_xml(current_schema(), true, true, '') AS TEXT) AS kept";
        let call = Call::within(Duration::from_secs(10));
        let read = |row: &Row| row.get("kept");
        let kept = self.parts.store.first(&call, sql(select), read);
        let kept: Option<String> = kept.await.expect("the schema can be read");
        kept.expect("a schema is a document")
    }

    /// The HTTP routes of the context under test, as they are in a process; use
    /// `tower::ServiceExt::oneshot`.
    pub fn router(&self) -> Router {
        let telemetry = self.parts.telemetry.clone();
        self.routes
            .clone()
            .layer(axum::middleware::from_fn(move |request, next| {
                entry(telemetry.clone(), Duration::from_secs(10), request, next)
            }))
    }

    /// The parts that the context under test was given.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}
