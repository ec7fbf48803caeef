//! Browsing: the front page, categories, products and search.

use crate::edge::{Edge, Reply};
use crate::input::{PageQuery, PathParams, QueryParams, first_page};
use crate::route::Route;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shop_contracts::catalog::{
    Category, Featured, GetProduct, ListByCategory, ListCategories, Product, ProductSummary,
};
use shop_contracts::inventory::{Availability, Stock};
use shop_contracts::search::{Query, Suggest};
use shop_contracts::{CategoryId, Page, ProductId};
use shop_platform::Call;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Its routes and who may use them.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/home", "The front page", home),
        Route::get("/v1/categories", "All categories", categories),
        Route::get(
            "/v1/categories/{category_id}/products",
            "A page of a category, most popular first",
            category,
        )
        .query(&["page?"]),
        Route::get(
            "/v1/products/{product_id}",
            "A product; `available` is null when inventory does not answer",
            product,
        ),
        Route::get(
            "/v1/search",
            "Products that match a text, best first",
            search,
        )
        .query(&["q", "page?", "category?"]),
        Route::get("/v1/search/suggest", "Completions of a word", suggest).query(&["prefix"]),
    ]
}

/// Number of products on the front page.
const FEATURED: u32 = 12;

#[derive(Serialize, JsonSchema)]
struct Home {
    featured: Vec<ProductSummary>,
}

/// A product on its own page.
#[derive(Serialize, JsonSchema)]
struct ProductPage {
    #[serde(flatten)]
    product: Product,
    /// How many are available now; `null` when inventory does not answer.
    available: Option<u32>,
}

#[derive(Deserialize)]
struct SearchQuery {
    q: String,
    #[serde(default = "first_page")]
    page: NonZeroU32,
    category: Option<CategoryId>,
}

/// A completion.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct Word(String);

#[derive(Deserialize)]
struct PrefixQuery {
    prefix: String,
}

async fn home(State(edge): State<Arc<Edge>>, call: Call) -> Reply<Home> {
    let request = Featured { limit: FEATURED };
    let featured = edge.caller.call(&call, request).await?;
    Ok(Json(Home { featured }))
}

async fn categories(State(edge): State<Arc<Edge>>, call: Call) -> Reply<Vec<Category>> {
    Ok(Json(edge.caller.call(&call, ListCategories {}).await?))
}

async fn category(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(category_id): PathParams<CategoryId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> Reply<Page<ProductSummary>> {
    let page = query.page();
    let request = ListByCategory { category_id, page };
    Ok(Json(edge.caller.call(&call, request).await?))
}

/// Catalog and inventory are called concurrently. Only catalog's answer is required.
async fn product(
    State(edge): State<Arc<Edge>>,
    call: Call,
    PathParams(product_id): PathParams<ProductId>,
) -> Reply<ProductPage> {
    let request = GetProduct {
        product_id: product_id.clone(),
    };
    let (product, available) = tokio::join!(
        edge.caller.call(&call, request),
        available(&edge, &call, product_id)
    );
    let product = product?;
    Ok(Json(ProductPage { product, available }))
}

/// The available stock, unless inventory fails or takes too long.
async fn available(edge: &Edge, call: &Call, product_id: ProductId) -> Option<u32> {
    let short = call.clone().at_most(edge.stock_patience);
    let product_ids = vec![product_id];
    let answer = edge.caller.call(&short, Availability { product_ids }).await;
    // A product that was never stocked is absent from the answer.
    let sum = |stocks: Vec<Stock>| stocks.iter().map(|stock| stock.available).sum();
    answer.ok().map(sum)
}

async fn search(
    State(edge): State<Arc<Edge>>,
    call: Call,
    QueryParams(query): QueryParams<SearchQuery>,
) -> Reply<Page<ProductSummary>> {
    let request = Query {
        text: query.q,
        category: query.category,
        page: query.page.get(),
    };
    Ok(Json(edge.caller.call(&call, request).await?))
}

async fn suggest(
    State(edge): State<Arc<Edge>>,
    call: Call,
    QueryParams(PrefixQuery { prefix }): QueryParams<PrefixQuery>,
) -> Reply<Vec<Word>> {
    let words = edge.caller.call(&call, Suggest { prefix }).await?;
    Ok(Json(words.into_iter().map(Word).collect()))
}
