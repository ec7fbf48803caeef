//! The service of search, which answers from the index on disk.

use crate::error::IndexError;
use crate::index::Index;
use crate::store;
use shop_contracts::catalog::{PriceChanged, ProductSummary};
use shop_contracts::search::{Query, SearchError, Suggest};
use shop_contracts::{ErrorCode, Page};
use shop_platform::{
    Call, Caller, Failure, Handle, Listen, ListenError, RemoteError, Store, Transaction,
};
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest text of a query, in bytes.
const LONGEST: usize = 500;

/// The state that the handlers of this context share.
pub(crate) struct Service {
    pub folder: PathBuf,
    pub stamp: String,
    /// Empty until the index is built; set once.
    pub index: OnceLock<Index>,
    /// Wakes the maintenance when a price was recorded.
    pub price_recorded: Notify,
    pub store: Store,
    pub caller: Caller,
    pub shutdown: CancellationToken,
}

/// The answer of a handler of this context.
type Answer<T> = Result<T, Failure<SearchError>>;

impl Service {
    fn index(&self) -> Result<&Index, RemoteError> {
        let missing = || RemoteError::own(ErrorCode::Unavailable, "the index is not built yet");
        self.index.get().ok_or_else(missing)
    }
}

/// Any text is valid, unless it is too long.
fn check(text: &str) -> Result<(), SearchError> {
    if text.len() > LONGEST {
        let reason = format!("it is longer than {LONGEST} bytes");
        return Err(SearchError::InvalidQuery { reason });
    }
    Ok(())
}

fn failed(error: IndexError) -> RemoteError {
    RemoteError::own(ErrorCode::Internal, error.to_string())
}

impl Handle<Query> for Service {
    async fn handle(&self, _: &Call, request: Query) -> Answer<Page<ProductSummary>> {
        check(&request.text)?;
        let category = request.category.as_ref();
        let index = self.index()?;
        let found = index.find(&request.text, category, request.page).await;
        Ok(found.map_err(failed)?)
    }
}

impl Handle<Suggest> for Service {
    async fn handle(&self, _: &Call, request: Suggest) -> Answer<Vec<String>> {
        check(&request.prefix)?;
        Ok(self.index()?.suggest(&request.prefix))
    }
}

/// Only records a price: the index updates many at once, and the record survives a crash.
impl Listen<PriceChanged> for Service {
    async fn hear(&self, tx: &mut Transaction, fact: PriceChanged) -> Result<(), ListenError> {
        store::record(tx, &fact).await?;
        self.price_recorded.notify_one();
        Ok(())
    }
}
