//! What shipping promises, under every wiring.

use shop_contracts::order::OrderCancelled;
use shop_contracts::shipping::{
    CreateShipment, Rates, ShipmentCreated, ShipmentStatus, ShippingError, Track,
};
use shop_contracts::{Address, Cents, CustomerId, OrderId, Tracking};
use shop_platform::CallError;
use shop_shipping::Shipping;
use shop_testing::{Bench, Mount, Setup};

async fn mount(setup: Setup) -> Mount {
    Bench::new(setup).mount::<Shipping>().await
}

fn parcel(order: &str, country: &str, weight_grams: u32) -> CreateShipment {
    CreateShipment {
        order_id: OrderId::from(order),
        customer_id: CustomerId::seeded(1),
        address: Address {
            name: "Ada Lovelace".to_owned(),
            street: "Kanalstr. 1".to_owned(),
            city: "Berlin".to_owned(),
            postcode: "10115".to_owned(),
            country: country.to_owned(),
        },
        weight_grams,
    }
}

fn cancelled(order: &str) -> OrderCancelled {
    OrderCancelled {
        order_id: OrderId::from(order),
        customer_id: CustomerId::seeded(1),
        total: Cents(1999),
    }
}

#[tokio::test]
async fn an_order_has_one_parcel_with_the_cheapest_carrier_and_it_is_published_once() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let (country, weight_grams) = ("FR".to_owned(), 4_000);
        let rates = Rates {
            country,
            weight_grams,
        };
        let rates = shop.call(rates).await.unwrap();
        let first = shop.call(parcel("partner/7", "FR", 4_000)).await.unwrap();
        let again = shop.call(parcel("partner/7", "FR", 4_000)).await.unwrap();
        assert_eq!(first, again, "{setup:?}");
        assert_eq!(
            (&first.carrier, first.price),
            (&rates[0].carrier, rates[0].price)
        );
        let tracking = first.tracking.clone();
        assert_eq!(shop.call(Track { tracking }).await.unwrap(), first);
        let published = shop.published::<ShipmentCreated>().await;
        // On the bench every fact has listeners, so one may be kept for several.
        assert!(!published.is_empty() && published.iter().all(|fact| *fact == published[0]));
        assert_eq!(published[0].tracking, first.tracking);
    }
}

#[tokio::test]
async fn a_cancelled_order_has_its_parcel_cancelled_whichever_comes_first() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let booked = shop.call(parcel("o1", "DE", 500)).await.unwrap();
        assert_eq!(booked.status, ShipmentStatus::Booked, "{setup:?}");
        shop.deliver_twice(&cancelled("o1")).await;
        shop.deliver_twice(&cancelled("o2")).await;
        let tracking = booked.tracking;
        let gone = shop.call(Track { tracking }).await.unwrap();
        assert_eq!(gone.status, ShipmentStatus::Cancelled);
        let late = shop.call(parcel("o2", "DE", 500)).await.unwrap();
        assert_eq!(late.status, ShipmentStatus::Cancelled);
        let published = shop.published::<ShipmentCreated>().await;
        assert!(
            published
                .iter()
                .all(|fact| fact.order_id == OrderId::from("o1"))
        );
    }
}

#[tokio::test]
async fn a_parcel_that_no_carrier_takes_is_refused_with_its_reason() {
    for setup in Setup::all() {
        let shop = mount(setup).await;
        let country = "AQ".to_owned();
        let nobody = CallError::Domain(ShippingError::NoServiceTo { country });
        let too_heavy = CallError::Domain(ShippingError::TooHeavy {
            limit_grams: 60_000,
        });
        assert_eq!(
            shop.call(parcel("o1", "AQ", 500)).await,
            Err(nobody),
            "{setup:?}"
        );
        assert_eq!(shop.call(parcel("o1", "DE", 60_001)).await, Err(too_heavy));
        let tracking = Tracking::from("SD-none");
        let unknown = CallError::Domain(ShippingError::UnknownShipment);
        assert_eq!(shop.call(Track { tracking }).await, Err(unknown));
        assert!(shop.published::<ShipmentCreated>().await.is_empty());
    }
}
