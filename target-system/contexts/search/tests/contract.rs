//! What search promises, under every wiring, with a catalog that is a function.

use shop_contracts::catalog::{Export, PriceChanged, Product, ProductSummary};
use shop_contracts::search::{Query, SearchError, Suggest};
use shop_contracts::{CategoryId, Cents, Page, ProductId};
use shop_platform::CallError;
use shop_search::Search;
use shop_testing::{Bench, Mount, Setup};
use std::time::Duration;
use tokio::time::timeout;

const NAMES: [&str; 4] = [
    "Red Wooden Lamp",
    "Blue Glass Lamp",
    "Red Oak Chair",
    "Large Ladder",
];

/// Four products with names of their own, and thirty that are all called the same.
fn products() -> Vec<Product> {
    let nails = std::iter::repeat_n("Iron Nail", 30);
    let product = |(name, rank): (&str, u32)| Product {
        product_id: ProductId::seeded(rank),
        name: name.to_owned(),
        description: "It goes well with any chair.".to_owned(),
        category_id: CategoryId::from(if name.contains("Lamp") {
            "lamps"
        } else {
            "rest"
        }),
        price: Cents(1_000),
        weight_grams: 100,
        price_version: 1,
    };
    NAMES
        .into_iter()
        .chain(nails)
        .zip(1..)
        .map(product)
        .collect()
}

/// A shop whose index is built in the background, because the bench seeds without a catalog.
#[expect(clippy::unwrap_used, reason = "a helper of tests is a test")]
async fn shop(setup: Setup) -> Mount {
    let bench = Bench::new(setup).fake(|ask: Export| {
        let after = |product: &Product| ask.after.as_ref().is_none_or(|a| product.product_id > *a);
        let batch = products().into_iter().filter(after);
        Ok(batch.take(ask.limit as usize).collect())
    });
    let shop = bench.mount::<Search>().await;
    let stamp = shop.parts().data_dir.join("index").join("stamp");
    let built = async {
        while !stamp.exists() || find(&shop, "lamp").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), built).await.unwrap();
    shop
}

async fn find(shop: &Mount, text: &str) -> Result<Page<ProductSummary>, CallError<SearchError>> {
    shop.call(query(text, None, 1)).await
}

fn query(text: &str, category: Option<&str>, page: u32) -> Query {
    Query {
        text: text.to_owned(),
        category: category.map(CategoryId::from),
        page,
    }
}

fn names(page: &Page<ProductSummary>) -> Vec<&str> {
    page.items.iter().map(|item| item.name.as_str()).collect()
}

#[tokio::test]
async fn every_word_must_be_found_and_names_count_more_than_descriptions() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        let red_lamps = find(&shop, "RED lamp").await.unwrap();
        assert_eq!(names(&red_lamps), ["Red Wooden Lamp"], "{setup:?}");
        let chairs = find(&shop, "chair").await.unwrap();
        assert_eq!((names(&chairs)[0], chairs.total), ("Red Oak Chair", 34));
        let chairs = shop.call(query("red", Some("lamps"), 1)).await.unwrap();
        assert_eq!(names(&chairs), ["Red Wooden Lamp"]);
    }
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_and_end_in_an_empty_one() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        let mut seen = Vec::new();
        for (page, expected) in [(1, 20), (2, 10), (3, 0), (u32::MAX, 0)] {
            let nails = shop.call(query("nail", None, page)).await.unwrap();
            assert_eq!(
                (nails.items.len(), nails.total),
                (expected, 30),
                "{setup:?}"
            );
            seen.extend(nails.items.into_iter().map(|item| item.product_id));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 30);
    }
}

#[tokio::test]
async fn any_text_is_answered_unless_it_is_too_long() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        for text in [
            "",
            "\"",
            "name:[",
            "+-(",
            "lamp AND OR",
            "\\^~*?",
            "🪑 lämp",
        ] {
            assert_eq!(
                find(&shop, text).await.unwrap().total,
                0,
                "{text} {setup:?}"
            );
        }
        let refusal = find(&shop, &"lamp ".repeat(200)).await.unwrap_err();
        assert!(matches!(
            refusal,
            CallError::Domain(SearchError::InvalidQuery { .. })
        ));
    }
}

#[tokio::test]
async fn a_mistyped_word_finds_what_was_meant_and_a_correct_one_only_itself() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        for typed in ["woden", "wooedn lamp", "Lamp wodden"] {
            let meant = find(&shop, typed).await.unwrap();
            assert_eq!(names(&meant), ["Red Wooden Lamp"], "{typed} {setup:?}");
        }
        let lamps = shop.call(query("lmap", Some("lamps"), 1)).await.unwrap();
        assert_eq!(lamps.total, 2);
        let ladders = find(&shop, "ladder").await.unwrap();
        assert_eq!(names(&ladders), ["Large Ladder"]);
    }
}

#[tokio::test]
async fn a_word_is_suggested_once_the_more_frequent_first() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        let suggest = async |prefix: &str| {
            let prefix = prefix.to_owned();
            shop.call(Suggest { prefix }).await
        };
        let la = suggest("La").await.unwrap();
        assert_eq!(la, ["lamp", "ladder", "large"], "{setup:?}");
        assert_eq!(suggest("red woo").await.unwrap(), ["red wooden"]);
        assert!(suggest("").await.unwrap().is_empty());
        assert!(suggest("zzz").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_new_price_is_shown_and_an_older_one_that_arrives_late_is_not() {
    for setup in Setup::all() {
        let shop = shop(setup).await;
        for (price, price_version) in [(3_000, 3), (2_000, 2)] {
            let change = PriceChanged {
                product_id: ProductId::seeded(2),
                price: Cents(price),
                price_version,
            };
            shop.deliver_twice(&change).await;
        }
        let repriced = async {
            loop {
                let page = find(&shop, "blue").await.unwrap();
                if page.items[0].price != Cents(1_000) {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        };
        let page = timeout(Duration::from_secs(30), repriced).await.unwrap();
        assert_eq!(page.items[0].price, Cents(3_000), "{setup:?}");
        assert_eq!(page.total, 1, "the old document is gone");
    }
}
