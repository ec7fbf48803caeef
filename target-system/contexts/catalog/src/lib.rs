//! catalog: what the shop sells and for how much.
//!
//! It calls no other context and listens to none. Nearly all others read from it, so each of its
//! answers takes one or two indexed queries. It must not know stock, carts or searches.
//!
//! - `store` reads and writes the tables; `seed` draws the products of the seeded world from
//!   `assortment`.

mod assortment;
mod seed;
mod store;

use shop_contracts::catalog::{
    CatalogError, Category, ChangePrice, Export, Featured, GetProduct, GetProducts, ListByCategory,
    ListCategories, PriceChanged, Product, ProductSummary,
};
use shop_contracts::{Cents, Context, Page};
use shop_platform::{
    BoundedContext, Call, Failure, Handle, Module, MountError, Mounted, Parts, Publish as _, Store,
};

/// Limit of products in one request by id, and of featured products.
const BATCH: u32 = 100;
/// Limit of products in one batch of an export.
const EXPORT_BATCH: u32 = 1_000;

/// The catalog context.
pub struct Catalog;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Catalog>();

impl BoundedContext for Catalog {
    const CONTEXT: Context = Context::Catalog;
    const CALLS: &'static [Context] = &[];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_products.sql")];

    async fn seed(parts: &Parts) -> Result<(), MountError> {
        let world = seed::World::draw(parts.scale)?;
        Ok(store::fill(&parts.store, &world).await?)
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service { store: parts.store };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<GetProduct>()
            .answers::<GetProducts>()
            .answers::<ListCategories>()
            .answers::<ListByCategory>()
            .answers::<Featured>()
            .answers::<ChangePrice>()
            .answers::<Export>()
            .done())
    }
}

struct Service {
    store: Store,
}

/// The answer of a handler of this context.
type Answer<T> = Result<T, Failure<CatalogError>>;

/// Refuses a batch that is empty or too large.
fn within(limit: u32, count: usize) -> Result<(), CatalogError> {
    let fits = u32::try_from(count).is_ok_and(|count| (1..=limit).contains(&count));
    if fits {
        Ok(())
    } else {
        Err(CatalogError::InvalidBatch { limit })
    }
}

impl Handle<GetProduct> for Service {
    async fn handle(&self, call: &Call, request: GetProduct) -> Answer<Product> {
        let found = store::product(&self.store, call, &request.product_id).await?;
        Ok(found.ok_or(CatalogError::UnknownProduct)?)
    }
}

impl Handle<GetProducts> for Service {
    async fn handle(&self, call: &Call, request: GetProducts) -> Answer<Vec<ProductSummary>> {
        within(BATCH, request.product_ids.len())?;
        Ok(store::products(&self.store, call, &request.product_ids).await?)
    }
}

impl Handle<ListCategories> for Service {
    async fn handle(&self, call: &Call, _: ListCategories) -> Answer<Vec<Category>> {
        Ok(store::categories(&self.store, call).await?)
    }
}

impl Handle<ListByCategory> for Service {
    async fn handle(&self, call: &Call, request: ListByCategory) -> Answer<Page<ProductSummary>> {
        let page = request.page.max(1);
        let found = store::category(&self.store, call, &request.category_id).await?;
        let category = found.ok_or(CatalogError::UnknownCategory)?;
        Ok(Page {
            items: store::products_of(&self.store, call, &request.category_id, page).await?,
            page,
            total: category.products.into(),
        })
    }
}

impl Handle<Featured> for Service {
    async fn handle(&self, call: &Call, request: Featured) -> Answer<Vec<ProductSummary>> {
        let limit = request.limit.min(BATCH);
        Ok(store::most_popular(&self.store, call, limit).await?)
    }
}

impl Handle<ChangePrice> for Service {
    async fn handle(&self, call: &Call, request: ChangePrice) -> Answer<Product> {
        if request.price <= Cents(0) {
            return Err(CatalogError::InvalidPrice.into());
        }
        let mut transaction = self.store.write(call).await?;
        let found = store::product_in(&mut transaction, &request.product_id).await?;
        let mut product = found.ok_or(CatalogError::UnknownProduct)?;
        if product.price == request.price {
            return Ok(product);
        }
        product.price = request.price;
        product.price_version += 1;
        store::reprice(&mut transaction, &product).await?;
        let changed = PriceChanged {
            product_id: product.product_id.clone(),
            price: product.price,
            price_version: product.price_version,
        };
        transaction.publish(&product.product_id, &changed).await?;
        transaction.commit().await?;
        Ok(product)
    }
}

impl Handle<Export> for Service {
    async fn handle(&self, call: &Call, request: Export) -> Answer<Vec<Product>> {
        within(
            EXPORT_BATCH,
            usize::try_from(request.limit).unwrap_or(usize::MAX),
        )?;
        Ok(store::export(&self.store, call, request.after.as_ref(), request.limit).await?)
    }
}
