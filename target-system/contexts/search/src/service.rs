//! The service that answers for search, from the index in memory.

use crate::index::{Index, IndexError};
use crate::store;
use shop_contracts::catalog::{PriceChanged, ProductSummary};
use shop_contracts::search::{Query, SearchError, Suggest};
use shop_contracts::{ErrorCode, Page};
use shop_platform::{
    Call, Caller, Failure, Handle, Listen, ListenError, RemoteError, Store, Transaction,
};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest text that is looked for, in bytes.
const LONGEST: usize = 500;

/// What the handlers of this context share.
pub(crate) struct Service {
    pub folder: PathBuf,
    pub stamp: String,
    /// Empty until the index is built; set once.
    pub index: OnceLock<Arc<Index>>,
    /// Notified when a price was heard.
    pub price_heard: Notify,
    pub store: Store,
    pub caller: Caller,
    pub shutdown: CancellationToken,
}

/// What a handler of this context answers.
type Answer<T> = Result<T, Failure<SearchError>>;

impl Service {
    fn index(&self) -> Result<&Arc<Index>, RemoteError> {
        let missing = || RemoteError::own(ErrorCode::Unavailable, "the index is not built yet");
        self.index.get().ok_or_else(missing)
    }
}

/// Whatever people type is looked for, unless it is a novel.
fn check(text: &str) -> Result<(), SearchError> {
    if text.len() > LONGEST {
        let reason = format!("it is longer than {LONGEST} bytes");
        return Err(SearchError::InvalidQuery { reason });
    }
    Ok(())
}

fn broken(error: IndexError) -> RemoteError {
    RemoteError::own(ErrorCode::Internal, error.to_string())
}

// The index is small and in memory once it was read, so both are answered on the spot.

impl Handle<Query> for Service {
    async fn handle(&self, _: &Call, request: Query) -> Answer<Page<ProductSummary>> {
        check(&request.text)?;
        let category = request.category.as_ref();
        let found = self.index()?.find(&request.text, category, request.page);
        Ok(found.map_err(broken)?)
    }
}

impl Handle<Suggest> for Service {
    async fn handle(&self, _: &Call, request: Suggest) -> Answer<Vec<String>> {
        check(&request.prefix)?;
        Ok(self.index()?.suggest(&request.prefix).map_err(broken)?)
    }
}

/// A price is only recorded here: the index takes many at once, and a record survives a crash.
impl Listen<PriceChanged> for Service {
    async fn hear(&self, tx: &mut Transaction, fact: PriceChanged) -> Result<(), ListenError> {
        store::note(tx, &fact).await?;
        self.price_heard.notify_one();
        Ok(())
    }
}
