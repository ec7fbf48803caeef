//! catalog: what the shop sells and for how much.

use crate::{
    CategoryId, Cents, Context, DomainError, Effect, ErrorCode, Fact, Page, ProductId, Rpc,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product in full, for its own page and for the search index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    pub product_id: ProductId,
    pub name: String,
    pub description: String,
    pub category_id: CategoryId,
    pub price: Cents,
    pub weight_grams: u32,
    /// Increases by one with each change of price.
    pub price_version: u32,
}

/// A product in a list: what listings and quotes need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductSummary {
    pub product_id: ProductId,
    pub name: String,
    pub price: Cents,
    pub weight_grams: u32,
}

/// A category and how many products it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Category {
    pub category_id: CategoryId,
    pub name: String,
    pub products: u32,
}

/// Asks for one product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetProduct {
    pub product_id: ProductId,
}

impl Rpc for GetProduct {
    type Reply = Product;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "GetProduct";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for many products at once; unknown ids are absent from the reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetProducts {
    pub product_ids: Vec<ProductId>,
}

impl Rpc for GetProducts {
    type Reply = Vec<ProductSummary>;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "GetProducts";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for all categories.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListCategories {}

impl Rpc for ListCategories {
    type Reply = Vec<Category>;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "ListCategories";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for a page of a category, most popular first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListByCategory {
    pub category_id: CategoryId,
    pub page: u32,
}

impl Rpc for ListByCategory {
    type Reply = Page<ProductSummary>;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "ListByCategory";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for the products of the front page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Featured {
    pub limit: u32,
}

impl Rpc for Featured {
    type Reply = Vec<ProductSummary>;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "Featured";
    const EFFECT: Effect = Effect::Read;
}

/// Sets a product's price; setting the price it already has changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangePrice {
    pub product_id: ProductId,
    pub price: Cents,
}

impl Rpc for ChangePrice {
    type Reply = Product;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "ChangePrice";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Asks for the whole catalog in batches, in order of id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export {
    /// The last id of the previous batch.
    pub after: Option<ProductId>,
    pub limit: u32,
}

impl Rpc for Export {
    type Reply = Vec<Product>;
    type Error = CatalogError;
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "Export";
    const EFFECT: Effect = Effect::Read;
}

/// A price changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChanged {
    pub product_id: ProductId,
    pub price: Cents,
    pub price_version: u32,
}

impl Fact for PriceChanged {
    const CONTEXT: Context = Context::Catalog;
    const NAME: &'static str = "PriceChanged";
}

/// Why catalog refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CatalogError {
    #[error("there is no such product")]
    UnknownProduct,
    #[error("there is no such category")]
    UnknownCategory,
    #[error("a price must be above zero")]
    InvalidPrice,
    #[error("a batch must hold 1 to {limit} products")]
    InvalidBatch { limit: u32 },
}

impl DomainError for CatalogError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownProduct | Self::UnknownCategory => ErrorCode::NotFound,
            Self::InvalidPrice | Self::InvalidBatch { .. } => ErrorCode::Invalid,
        }
    }
}
