//! The contract of catalog, under every wiring.

use shop_catalog::Catalog;
use shop_contracts::catalog::{
    CatalogError, ChangePrice, Export, Featured, GetProduct, GetProducts, ListByCategory,
    ListCategories, PriceChanged,
};
use shop_contracts::{CategoryId, Cents, ProductId};
use shop_platform::CallError;
use shop_testing::{Bench, Setup};

fn seeded(ranks: impl IntoIterator<Item = u32>) -> Vec<ProductId> {
    ranks.into_iter().map(ProductId::seeded).collect()
}

#[tokio::test]
async fn a_batch_omits_unknown_products_and_may_not_be_empty_or_too_large() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let product_ids = seeded([3, 99_999, 1]);
        let found = shop.call(GetProducts { product_ids }).await.unwrap();
        let mut ids: Vec<_> = found.into_iter().map(|one| one.product_id).collect();
        ids.sort();
        assert_eq!(ids, seeded([1, 3]), "{setup:?}");
        for product_ids in [vec![], seeded(1..=101)] {
            let refusal = shop.call(GetProducts { product_ids }).await.unwrap_err();
            let expected = CatalogError::InvalidBatch { limit: 100 };
            assert_eq!(refusal, CallError::Domain(expected));
        }
    }
}

#[tokio::test]
async fn a_category_is_paged_by_popularity_and_its_pages_add_up_to_its_count() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let categories = shop.call(ListCategories {}).await.unwrap();
        assert_eq!(categories.len(), 24);
        let count: u32 = categories.iter().map(|one| one.products).sum();
        assert_eq!(count, 50, "{setup:?}");
        let mut seen = 0;
        for category in categories {
            let category_id = category.category_id;
            let page = shop
                .call(ListByCategory {
                    category_id,
                    page: 1,
                })
                .await
                .unwrap();
            assert_eq!(page.total, u64::from(category.products));
            assert!(page.items.is_sorted_by_key(|one| one.product_id.clone()));
            seen += page.items.len();
        }
        assert_eq!(seen, 50);
    }
}

#[tokio::test]
async fn an_unknown_category_or_product_is_refused_as_unknown() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let category_id = CategoryId::from("submarines");
        let request = ListByCategory {
            category_id,
            page: 1,
        };
        let refusal = shop.call(request).await.unwrap_err();
        assert_eq!(refusal, CallError::Domain(CatalogError::UnknownCategory));
        let product_id = ProductId::from("p99999");
        let refusal = shop.call(GetProduct { product_id }).await.unwrap_err();
        let expected = CallError::Domain(CatalogError::UnknownProduct);
        assert_eq!(refusal, expected, "{setup:?}");
    }
}

#[tokio::test]
async fn the_front_page_shows_the_most_popular_products() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let shown = shop.call(Featured { limit: 3 }).await.unwrap();
        let ids: Vec<_> = shown.into_iter().map(|one| one.product_id).collect();
        assert_eq!(ids, seeded(1..=3), "{setup:?}");
    }
}

#[tokio::test]
async fn setting_the_same_price_twice_changes_and_publishes_it_once() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let product_id = ProductId::seeded(1);
        let (price, price_version) = (Cents(77_700), 2);
        let change = ChangePrice {
            product_id: product_id.clone(),
            price,
        };
        for _ in 0..2 {
            let product = shop.call(change.clone()).await.unwrap();
            assert_eq!((product.price, product.price_version), (price, 2));
        }
        let changed = PriceChanged {
            product_id: product_id.clone(),
            price,
            price_version,
        };
        assert_eq!(
            shop.published::<PriceChanged>().await,
            [changed],
            "{setup:?}"
        );
        let free = ChangePrice {
            product_id,
            price: Cents(0),
        };
        let refusal = shop.call(free).await.unwrap_err();
        assert_eq!(refusal, CallError::Domain(CatalogError::InvalidPrice));
    }
}

#[tokio::test]
async fn an_export_in_batches_holds_every_product_once() {
    for setup in Setup::all() {
        let shop = Bench::new(setup).mount::<Catalog>().await;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let batch = shop.call(Export { after, limit: 20 }).await.unwrap();
            after = batch.last().map(|product| product.product_id.clone());
            if after.is_none() {
                break;
            }
            all.extend(batch.into_iter().map(|product| product.product_id));
        }
        assert_eq!(all, seeded(1..=50), "{setup:?}");
    }
}
