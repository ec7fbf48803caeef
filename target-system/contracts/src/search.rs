//! search: full-text search of products.

use crate::catalog::ProductSummary;
use crate::{CategoryId, Context, DomainError, Effect, ErrorCode, Page, Rpc};
use serde::{Deserialize, Serialize};

/// Asks which products match a text, best first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Query {
    pub text: String,
    #[serde(default)]
    pub category: Option<CategoryId>,
    pub page: u32,
}

impl Rpc for Query {
    type Reply = Page<ProductSummary>;
    type Error = SearchError;
    const CONTEXT: Context = Context::Search;
    const NAME: &'static str = "Query";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for completions of a word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suggest {
    pub prefix: String,
}

impl Rpc for Suggest {
    type Reply = Vec<String>;
    type Error = SearchError;
    const CONTEXT: Context = Context::Search;
    const NAME: &'static str = "Suggest";
    const EFFECT: Effect = Effect::Read;
}

/// Why search refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SearchError {
    #[error("the query is not understood: {reason}")]
    InvalidQuery { reason: String },
}

impl DomainError for SearchError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidQuery { .. } => ErrorCode::Invalid,
        }
    }
}
