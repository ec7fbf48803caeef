//! What carriers charge, as data: a price for each carrier, zone and weight band. Pure.

use shop_contracts::Cents;
use shop_contracts::shipping::{Rate, ShippingError};

/// The heaviest parcel that anybody carries.
const LIMIT_GRAMS: u32 = 60_000;
/// The upper ends of the weight bands.
const BANDS: [u32; 5] = [1_000, 2_000, 5_000, 10_000, LIMIT_GRAMS];

/// Countries that cost the same, and so many days as it takes to get there.
struct Zone {
    countries: &'static [&'static str],
    days: u32,
}

const ZONES: [Zone; 4] = [
    Zone {
        countries: &["DE"],
        days: 1,
    },
    Zone {
        countries: &["AT", "BE", "CZ", "DK", "FR", "LU", "NL", "PL"],
        days: 3,
    },
    Zone {
        countries: &["ES", "FI", "GB", "HU", "IE", "IT", "PT", "SE", "SI", "SK"],
        days: 5,
    },
    Zone {
        countries: &["CA", "CH", "NO", "US"],
        days: 9,
    },
];

struct Carrier {
    name: &'static str,
    /// Days more than the zone takes at least.
    slower_by: u32,
    /// Cents by zone and weight band; `None` where the carrier does not go.
    prices: [Option<[i64; BANDS.len()]>; ZONES.len()],
}

const CARRIERS: [Carrier; 3] = [
    Carrier {
        name: "snail",
        slower_by: 2,
        prices: [
            Some([390, 490, 690, 990, 1690]),
            Some([890, 1090, 1390, 1890, 3490]),
            Some([1190, 1390, 1790, 2590, 4790]),
            None,
        ],
    },
    Carrier {
        name: "parcel-post",
        slower_by: 1,
        prices: [
            Some([450, 490, 650, 950, 1750]),
            Some([990, 1090, 1350, 1950, 3390]),
            Some([1290, 1490, 1890, 2690, 4690]),
            Some([2490, 2990, 3990, 5990, 10990]),
        ],
    },
    Carrier {
        name: "falcon-express",
        slower_by: 0,
        prices: [
            Some([990, 1190, 1490, 1990, 2990]),
            Some([1990, 2290, 2790, 3690, 5990]),
            Some([2490, 2890, 3590, 4790, 7990]),
            Some([3990, 4790, 6490, 9490, 16990]),
        ],
    },
];

/// Every carrier's offer, cheapest first.
pub(crate) fn rates(country: &str, weight_grams: u32) -> Result<Vec<Rate>, ShippingError> {
    let zone = ZONES
        .iter()
        .position(|zone| zone.countries.contains(&country));
    let zone = zone.ok_or_else(|| ShippingError::NoServiceTo {
        country: country.to_owned(),
    })?;
    let band = BANDS.iter().position(|upper| weight_grams <= *upper);
    let band = band.ok_or(ShippingError::TooHeavy {
        limit_grams: LIMIT_GRAMS,
    })?;
    let offer = |carrier: &Carrier| {
        Some(Rate {
            carrier: carrier.name.to_owned(),
            price: Cents(carrier.prices[zone]?[band]),
            days: ZONES[zone].days + carrier.slower_by,
        })
    };
    let mut rates: Vec<_> = CARRIERS.iter().filter_map(offer).collect();
    // Equal prices: the faster one first.
    rates.sort_by_key(|rate| (rate.price, rate.days));
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_carrier_and_heavier_never_costs_less() {
        for country in ZONES.iter().flat_map(|zone| zone.countries) {
            let cheapest = BANDS.map(|grams| rates(country, grams).unwrap()[0].price);
            assert!(cheapest.is_sorted(), "{country}");
        }
    }

    #[test]
    fn offers_come_cheapest_first_and_of_equal_prices_the_faster() {
        let names = |grams| {
            rates("DE", grams)
                .unwrap()
                .into_iter()
                .map(|rate| rate.carrier)
        };
        assert_eq!(names(500).next().unwrap(), "snail");
        assert_eq!(names(1_500).next().unwrap(), "parcel-post");
        assert!(
            rates("FR", 9_000)
                .unwrap()
                .is_sorted_by_key(|rate| rate.price)
        );
    }

    #[test]
    fn a_band_ends_at_its_upper_weight_and_the_last_at_thirty_kilograms() {
        assert_eq!(rates("DE", 1_000).unwrap(), rates("DE", 0).unwrap());
        assert_ne!(rates("DE", 1_001).unwrap(), rates("DE", 1_000).unwrap());
        assert!(rates("DE", 60_000).is_ok());
        let limit_grams = 60_000;
        assert_eq!(
            rates("DE", 60_001),
            Err(ShippingError::TooHeavy { limit_grams })
        );
    }

    #[test]
    fn a_country_is_named_in_upper_case_or_not_known() {
        for country in ["AQ", "de", ""] {
            let nobody = ShippingError::NoServiceTo {
                country: country.to_owned(),
            };
            assert_eq!(rates(country, 500), Err(nobody));
        }
    }
}
