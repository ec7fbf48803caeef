//! The contexts around order, as fakes that record requests and can be set to refuse them.

use shop_contracts::cart::{self, CartError, CartLine};
use shop_contracts::catalog::{GetProducts, ProductSummary};
use shop_contracts::inventory::{Commit, InventoryError, Release, Reservation, Reserve};
use shop_contracts::order::{Basket, Place};
use shop_contracts::payment::{
    Abandon, Authorise, Capture, Payment, PaymentError, PaymentStatus, Refund,
};
use shop_contracts::shipping::{
    CreateShipment, Rate, Rates, Shipment, ShipmentStatus, ShippingError,
};
use shop_contracts::{
    Address, Card, CardNumber, CartId, Cents, CustomerId, Line, PaymentId, ProductId, Tracking,
};
use shop_testing::{Bench, Mount, Setup};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the fakes hold for the order, and which step is to fail.
#[derive(Default)]
pub struct World {
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    pub reserved: BTreeSet<String>,
    pub committed: BTreeSet<String>,
    pub authorised: BTreeSet<String>,
    pub captured: BTreeSet<String>,
    pub refunded: BTreeSet<String>,
    pub shipped: BTreeSet<String>,
    /// This step takes effect, and its answer is an error that order does not expect.
    pub lost: Option<&'static str>,
    /// This step is refused and changes nothing.
    pub refused: Option<&'static str>,
    /// The last step of a purchase is not answered before its refund, and the refund is not
    /// answered before this is false again.
    pub paused: bool,
}

impl World {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks a step while the world is paused and until a condition holds, for ten seconds at
    /// most. Only for tests on several threads.
    fn block(&self, until: impl Fn(&State) -> bool) {
        let blocked = || {
            let state = self.state();
            state.paused && !until(&state)
        };
        if !blocked() {
            return;
        }
        tokio::task::block_in_place(|| {
            for _ in 0..10_000 {
                if !blocked() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        });
    }
}

impl State {
    fn refuses(&self, step: &str) -> bool {
        self.refused == Some(step)
    }

    fn loses(&self, step: &str) -> bool {
        self.lost == Some(step)
    }
}

/// The order context in this world.
pub async fn shop(setup: Setup, world: &Arc<World>, settings: &str) -> Mount {
    let bench = Bench::new(setup).settings(settings);
    let bench = with_catalog_and_cart(bench);
    let bench = with_inventory(bench, world);
    let bench = with_payment(bench, world);
    with_shipping(bench, world)
        .mount::<shop_order::Order>()
        .await
}

fn with_catalog_and_cart(bench: Bench) -> Bench {
    bench
        .fake(|request: GetProducts| {
            let known = |id: &ProductId| ProductSummary {
                product_id: id.clone(),
                name: format!("product {id}"),
                price: Cents(1000),
                weight_grams: 500,
            };
            let all = request.product_ids.iter();
            Ok(all
                .filter(|id| id.as_ref() != "p-none")
                .map(known)
                .collect())
        })
        .fake(|request: cart::Get| match request.cart_id.as_ref() {
            "no-cart" => Err(CartError::UnknownCart),
            "empty" => Ok(cart_of(request.cart_id, 0)),
            _ => Ok(cart_of(request.cart_id, 2)),
        })
}

fn cart_of(cart_id: CartId, quantity: u32) -> cart::Cart {
    let line = |quantity| CartLine {
        product_id: ProductId::seeded(1),
        name: "product".to_owned(),
        unit_price: Cents(1),
        quantity,
    };
    cart::Cart {
        cart_id,
        customer_id: None,
        lines: (quantity > 0).then(|| line(quantity)).into_iter().collect(),
        subtotal: Cents(0),
    }
}

fn with_inventory(bench: Bench, world: &Arc<World>) -> Bench {
    let (reserve, commit, release) = (Arc::clone(world), Arc::clone(world), Arc::clone(world));
    let reservation = |order_id| Reservation {
        order_id,
        expires_ms: 0,
        picks: Vec::new(),
    };
    bench
        .fake(move |request: Reserve| {
            let mut state = reserve.state();
            if state.refuses("reserve") {
                return Err(InventoryError::OutOfStock {
                    product_id: request.lines[0].product_id.clone(),
                    available: 0,
                });
            }
            state.reserved.insert(request.order_id.to_string());
            match state.loses("reserve") {
                true => Err(InventoryError::UnknownReservation),
                false => Ok(reservation(request.order_id)),
            }
        })
        .fake(move |request: Commit| {
            let order_id = request.order_id.to_string();
            if commit.state().refuses("commit") {
                return Err(InventoryError::ReservationExpired);
            }
            commit.state().committed.insert(order_id.clone());
            commit.block(|state| state.refunded.contains(&order_id));
            Ok(reservation(request.order_id))
        })
        .fake(move |request: Release| {
            let mut state = release.state();
            state.reserved.remove(request.order_id.as_ref());
            state.committed.remove(request.order_id.as_ref());
            Ok(())
        })
}

fn with_payment(bench: Bench, world: &Arc<World>) -> Bench {
    let [authorise, capture, abandon, refund] = [(); 4].map(|()| Arc::clone(world));
    bench
        .fake(move |request: Authorise| {
            let mut state = authorise.state();
            if state.refuses("authorise") {
                let reason = "do not honour".to_owned();
                return Err(PaymentError::Declined { reason });
            }
            state.authorised.insert(request.reference.clone());
            match state.loses("authorise") {
                true => Err(PaymentError::UnknownPayment),
                false => Ok(payment(&request.reference, PaymentStatus::Authorised)),
            }
        })
        .fake(move |request: Capture| {
            let mut state = capture.state();
            let reference = request.payment_id.to_string();
            if state.refuses("capture") {
                return Err(PaymentError::UnknownPayment);
            }
            state.captured.insert(reference.clone());
            match state.loses("capture") {
                true => Err(PaymentError::UnknownPayment),
                false => Ok(payment(&reference, PaymentStatus::Captured)),
            }
        })
        .fake(move |request: Abandon| {
            // So that there is money to refund.
            abandon.block(|state| state.captured.contains(&request.reference));
            let mut state = abandon.state();
            if state.refuses("abandon") {
                return Err(PaymentError::UnknownPayment);
            }
            if state.captured.contains(&request.reference) {
                let status = PaymentStatus::Captured;
                return Err(PaymentError::WrongStatus { status });
            }
            state.authorised.remove(&request.reference);
            Ok(())
        })
        .fake(move |request: Refund| {
            let reference = request.payment_id.to_string();
            if refund.state().refuses("refund") {
                let status = PaymentStatus::Refunded;
                return Err(PaymentError::WrongStatus { status });
            }
            if refund.state().refuses("second refund") {
                return Err(PaymentError::InvalidAmount);
            }
            refund.state().refunded.insert(reference.clone());
            refund.block(|_| false);
            Ok(payment(&reference, PaymentStatus::Refunded))
        })
}

/// A payment has the id of its order here.
fn payment(reference: &str, status: PaymentStatus) -> Payment {
    Payment {
        payment_id: PaymentId(reference.to_owned()),
        reference: reference.to_owned(),
        status,
        amount: Cents(0),
        refunded: Cents(0),
        card_last_four: "4242".to_owned(),
        created_ms: 0,
    }
}

fn with_shipping(bench: Bench, world: &Arc<World>) -> Bench {
    let ship = Arc::clone(world);
    bench
        .fake(|request: Rates| match request.country.as_str() {
            "DE" => Ok(vec![Rate {
                carrier: "post".to_owned(),
                price: Cents(490),
                days: 2,
            }]),
            country => Err(ShippingError::NoServiceTo {
                country: country.to_owned(),
            }),
        })
        .fake(move |request: CreateShipment| {
            let mut state = ship.state();
            if state.refuses("ship") {
                return Err(ShippingError::UnknownShipment);
            }
            state.shipped.insert(request.order_id.to_string());
            Ok(Shipment {
                tracking: Tracking(format!("T-{}", request.order_id)),
                order_id: request.order_id,
                carrier: "post".to_owned(),
                country: request.address.country,
                weight_grams: request.weight_grams,
                price: Cents(490),
                status: ShipmentStatus::Booked,
                created_ms: 0,
            })
        })
}

/// Two pieces of one product for customer 1.
pub fn purchase() -> Place {
    let line = Line {
        product_id: ProductId::seeded(1),
        quantity: 2,
    };
    Place {
        customer_id: CustomerId::seeded(1),
        basket: Basket::Lines(vec![line]),
        address: Address {
            name: "Ada Lovelace".to_owned(),
            street: "Kanalstr. 1".to_owned(),
            city: "Berlin".to_owned(),
            postcode: "10115".to_owned(),
            country: "DE".to_owned(),
        },
        card: Card {
            number: CardNumber::new("4242424242424242"),
            holder: "Ada Lovelace".to_owned(),
            expiry: "12/39".to_owned(),
        },
    }
}
