//! The seeded assortment: the same products for the same seed, byte for byte. It must not know the
//! store.

use crate::assortment::{COLOURS, KINDS, Kind, PRAISE, SIZES};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_distr::{Distribution as _, LogNormal};
use shop_contracts::catalog::{Category, Product};
use shop_contracts::{CategoryId, Cents, ProductId};
use shop_platform::{MountError, Scale};

/// The sigma of the log-normal distribution of prices and weights around their median.
const SPREAD: f64 = 0.55;
const EUROS: (f64, f64) = (4.0, 600.0);
/// Six of the heaviest still make a parcel below 60 kg, the limit of the carriers.
const GRAMS: (f64, f64) = (50.0, 9_500.0);

/// Everything that the shop sells.
pub(crate) struct World {
    pub categories: Vec<Category>,
    /// Most popular first.
    pub products: Vec<Product>,
}

impl World {
    pub(crate) fn draw(scale: Scale) -> Result<Self, MountError> {
        let mut draws = scale.stream("catalog products");
        let factor = LogNormal::new(0.0, SPREAD).map_err(|error| MountError::Other {
            what: "the spread of prices",
            reason: error.to_string(),
        })?;
        let mut counts = [0_u32; KINDS.len()];
        let products = (1..=scale.products)
            .map(|rank| {
                let place = draws.random_range(0..KINDS.len());
                counts[place] += 1;
                product(rank, &KINDS[place], factor, &mut draws)
            })
            .collect();
        let categories = KINDS.iter().zip(counts).map(|(kind, count)| Category {
            category_id: CategoryId::from(kind.id),
            name: kind.name.to_owned(),
            products: count,
        });
        Ok(Self {
            categories: categories.collect(),
            products,
        })
    }
}

fn product(rank: u32, kind: &Kind, factor: LogNormal<f64>, draws: &mut impl rand::Rng) -> Product {
    let mut word = |words: &[&'static str]| words.choose(draws).copied().unwrap_or_default();
    let words = [
        word(&SIZES),
        word(&COLOURS),
        word(kind.materials),
        word(kind.nouns),
    ];
    let praise = [word(&PRAISE), word(&PRAISE)];
    let name = words.into_iter().filter(|word| !word.is_empty());
    let name = name.collect::<Vec<_>>().join(" ");
    let euros = kind.median_euros * factor.sample(draws);
    let grams = kind.median_grams * factor.sample(draws);
    Product {
        product_id: ProductId::seeded(rank),
        description: description(&name, kind, praise),
        name,
        category_id: CategoryId::from(kind.id),
        price: Cents(whole(euros, EUROS) * 100 - 1),
        weight_grams: u32::try_from(whole(grams, GRAMS)).unwrap_or(u32::MAX),
        price_version: 1,
    }
}

fn description(name: &str, kind: &Kind, [first, second]: [&str; 2]) -> String {
    let category = kind.name.to_lowercase();
    let name = name.to_lowercase();
    if first == second {
        format!("{name}, from our {category} collection. {first}")
    } else {
        format!("{name}, from our {category} collection. {first} {second}")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is clamped to a small range first"
)]
fn whole(number: f64, (least, most): (f64, f64)) -> i64 {
    number.clamp(least, most).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64, products: u32) -> World {
        let customers = 1;
        World::draw(Scale {
            seed,
            products,
            customers,
        })
        .unwrap()
    }

    #[test]
    fn every_word_that_the_workload_searches_for_is_in_product_names() {
        let products = world(7, 2_000).products;
        for word in [
            "Red", "Blue", "Green", "Small", "Large", "Wooden", "Lamp", "Chair", "Table", "Bag",
        ] {
            let named = |product: &&Product| product.name.split(' ').any(|part| part == word);
            assert!(products.iter().filter(named).count() >= 10, "{word}");
        }
    }

    #[test]
    fn equal_seeds_make_equal_worlds_and_different_seeds_different_ones() {
        assert_eq!(world(7, 500).products, world(7, 500).products);
        assert_ne!(world(7, 500).products, world(8, 500).products);
    }

    #[test]
    fn prices_and_weights_are_plausible() {
        let products = world(7, 10_000).products;
        for product in &products {
            assert!((300..=60_000).contains(&product.price.0), "{product:?}");
            assert!((50..10_000).contains(&product.weight_grams), "{product:?}");
        }
        let cheap = products.iter().filter(|one| one.price < Cents(5_000));
        assert!((4_000..7_500).contains(&cheap.count()));
    }

    #[test]
    fn categories_state_their_number_of_products() {
        let world = world(7, 1_000);
        for category in &world.categories {
            let same = |product: &&Product| product.category_id == category.category_id;
            let held = world.products.iter().filter(same).count();
            assert_eq!(u32::try_from(held).unwrap(), category.products);
            assert!(held >= 20, "{}", category.name);
        }
    }
}
