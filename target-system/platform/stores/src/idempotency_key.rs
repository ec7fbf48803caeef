//! Identifies a request that may be repeated: its key, who asked, and what was asked.

use crate::StoreError;
use sha2::{Digest as _, Sha256};
use shop_calls::{Call, Failure, RemoteError, Subject};
use shop_contracts::{ErrorCode, Rpc};

/// A key within its scope, and what was asked under it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    id: String,
    request_hash: String,
}

impl Key {
    /// The key of a call: the same text from two subjects or for two methods is two keys.
    pub(super) fn of<R: Rpc>(call: &Call, request: &R) -> Result<Option<Self>, StoreError> {
        let Some(text) = call.idempotency_key() else {
            return Ok(None);
        };
        let subject = match call.principal().map(|principal| &principal.subject) {
            Some(Subject::Customer(id)) => id.to_string(),
            Some(Subject::Client(id)) => id.clone(),
            None => String::new(),
        };
        let hash = Sha256::digest(serde_json::to_vec(request)?);
        let request_hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self {
            id: format!("{}/{subject}/{text}", R::NAME),
            request_hash,
        }))
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn request_hash(&self) -> &str {
        &self.request_hash
    }

    /// Refuses what is on record when it belongs to another request.
    pub(super) fn fits<R: Rpc>(&self, recorded: &str) -> Result<(), Failure<R::Error>> {
        if recorded == self.request_hash {
            return Ok(());
        }
        let what = "the idempotency key was used for another request";
        Err(RemoteError::own(ErrorCode::IdempotencyKeyReused, what).into())
    }
}
