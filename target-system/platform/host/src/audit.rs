//! Counts of what a process holds, for an auditor to compare with those of others.
//!
//! The SQL is the contexts' own. This file adds the facts that wait in each outbox, and leaves out
//! contexts without rows.

use crate::{Module, Parts};
use axum::Json;
use shop_calls::{Call, Problem, RemoteError};
use shop_stores::{Store, StoreError, sql};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long an audit may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every count of a process.
#[derive(Clone, Default)]
pub struct Audit {
    counts: Vec<Count>,
}

#[derive(Clone)]
struct Count {
    name: String,
    sql: Cow<'static, str>,
    store: Store,
}

impl Audit {
    /// Adds what a context counts.
    pub fn add(&mut self, module: &Module, parts: &Parts) {
        if !module.has_tables() || parts.keys.is_some() {
            return;
        }
        let context = module.context;
        let waiting = format!("SELECT COUNT(*) AS counted FROM {context}_outbox");
        let own = module
            .audit
            .iter()
            .map(|(name, sql)| (*name, Cow::from(*sql)));
        let all = own.chain([("outbox", Cow::from(waiting))]);
        self.counts.extend(all.map(|(name, sql)| Count {
            name: format!("{context}.{name}"),
            sql,
            store: parts.store.clone(),
        }));
    }

    /// Counts everything.
    ///
    /// # Errors
    /// When something cannot be counted: half an audit proves nothing.
    pub async fn take(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let call = Call::unobserved(PATIENCE);
        let mut counted = BTreeMap::new();
        for Count {
            name,
            sql: text,
            store,
        } in &self.counts
        {
            let count = store.first(&call, sql(text.clone()), |row| row.get("counted"));
            counted.insert(name.clone(), count.await?.unwrap_or(0));
        }
        Ok(counted)
    }

    /// The answer to an auditor over HTTP.
    pub(super) async fn answer(self) -> Result<Json<BTreeMap<String, i64>>, Problem> {
        Ok(Json(self.take().await.map_err(RemoteError::from)?))
    }
}
