//! shipping: carriers, their rates, and the tracking of parcels. It calls no other context.
//!
//! The parcel of a cancelled order is cancelled, whichever comes first: the fact or the request for
//! the parcel. It must not know orders beyond their ids, because partner systems ship parcels for
//! orders of other shops.
//!
//! - `tariff` has the carriers and their rates; `store` reads and writes the tables.

mod store;
mod tariff;

use shop_contracts::order::OrderCancelled;
use shop_contracts::shipping::{
    CreateShipment, Rate, Rates, Shipment, ShipmentCreated, ShipmentStatus, ShippingError, Track,
};
use shop_contracts::{Context, FactName, Tracking, fact};
use shop_platform::{
    BoundedContext, Call, Clock, Failure, Handle, Listen, ListenError, Module, MountError, Mounted,
    Parts, Publish as _, Store, Transaction,
};
use uuid::Uuid;

/// The shipping context.
pub struct Shipping;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Shipping>();

impl BoundedContext for Shipping {
    const CONTEXT: Context = Context::Shipping;
    const CALLS: &'static [Context] = &[];
    const HEARS: &'static [FactName] = &[fact::<OrderCancelled>()];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_shipments.sql")];

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            store: parts.store,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Rates>()
            .answers::<CreateShipment>()
            .answers::<Track>()
            .hears::<OrderCancelled>()
            .done())
    }
}

struct Service {
    store: Store,
    clock: Clock,
}

/// The answer of a handler of this context.
type Answer<T = Shipment> = Result<T, Failure<ShippingError>>;

impl Handle<Rates> for Service {
    async fn handle(&self, _: &Call, request: Rates) -> Answer<Vec<Rate>> {
        Ok(tariff::rates(&request.country, request.weight_grams)?)
    }
}

impl Handle<CreateShipment> for Service {
    async fn handle(&self, call: &Call, request: CreateShipment) -> Answer {
        let country = &request.address.country;
        let cheapest = tariff::rates(country, request.weight_grams)?
            .into_iter()
            .next();
        let no_service = || ShippingError::NoServiceTo {
            country: country.clone(),
        };
        let rate = cheapest.ok_or_else(no_service)?;
        let mut transaction = self.store.write(call).await?;
        let cancelled = store::is_cancelled(&mut transaction, &request.order_id).await?;
        let status = if cancelled {
            ShipmentStatus::Cancelled
        } else {
            ShipmentStatus::Booked
        };
        let shipment = Shipment {
            tracking: Tracking(format!("SD{}", Uuid::now_v7().simple())),
            order_id: request.order_id.clone(),
            carrier: rate.carrier,
            country: country.clone(),
            weight_grams: request.weight_grams,
            price: rate.price,
            status,
            created_ms: self.clock.now_ms(),
        };
        if !store::insert(&mut transaction, &shipment, &request).await? {
            let known = store::by_order(&mut transaction, &request.order_id).await?;
            return Ok(known.ok_or(ShippingError::UnknownShipment)?);
        }
        if status == ShipmentStatus::Booked {
            let created = ShipmentCreated {
                tracking: shipment.tracking.clone(),
                order_id: request.order_id,
                customer_id: request.customer_id,
                carrier: shipment.carrier.clone(),
            };
            transaction.publish(&shipment.order_id, &created).await?;
        }
        transaction.commit().await?;
        Ok(shipment)
    }
}

impl Handle<Track> for Service {
    async fn handle(&self, call: &Call, request: Track) -> Answer {
        let found = store::find(&self.store, call, &request.tracking).await?;
        Ok(found.ok_or(ShippingError::UnknownShipment)?)
    }
}

impl Listen<OrderCancelled> for Service {
    async fn hear(
        &self,
        transaction: &mut Transaction,
        fact: OrderCancelled,
    ) -> Result<(), ListenError> {
        Ok(store::cancel(transaction, &fact.order_id).await?)
    }
}
