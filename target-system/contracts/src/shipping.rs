//! shipping: carriers, their rates, and the tracking of parcels.

use crate::{
    Address, Cents, Context, CustomerId, DomainError, Effect, ErrorCode, Fact, OrderId, Rpc,
    Tracking,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asks for the rates of all carriers, cheapest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rates {
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    pub weight_grams: u32,
}

impl Rpc for Rates {
    type Reply = Vec<Rate>;
    type Error = ShippingError;
    const CONTEXT: Context = Context::Shipping;
    const NAME: &'static str = "Rates";
    const EFFECT: Effect = Effect::Read;
}

/// The rate of a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    pub carrier: String,
    pub price: Cents,
    pub days: u32,
}

/// Books a parcel with the cheapest carrier. An order has one shipment: a repetition returns it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CreateShipment {
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    pub address: Address,
    pub weight_grams: u32,
}

impl Rpc for CreateShipment {
    type Reply = Shipment;
    type Error = ShippingError;
    const CONTEXT: Context = Context::Shipping;
    const NAME: &'static str = "CreateShipment";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Asks for the status of a parcel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Track {
    pub tracking: Tracking,
}

impl Rpc for Track {
    type Reply = Shipment;
    type Error = ShippingError;
    const CONTEXT: Context = Context::Shipping;
    const NAME: &'static str = "Track";
    const EFFECT: Effect = Effect::Read;
}

/// The status of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ShipmentStatus {
    Booked,
    Cancelled,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    pub tracking: Tracking,
    pub order_id: OrderId,
    pub carrier: String,
    pub country: String,
    pub weight_grams: u32,
    pub price: Cents,
    pub status: ShipmentStatus,
    pub created_ms: i64,
}

/// A parcel was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentCreated {
    pub tracking: Tracking,
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    pub carrier: String,
}

impl Fact for ShipmentCreated {
    const CONTEXT: Context = Context::Shipping;
    const NAME: &'static str = "ShipmentCreated";
}

/// Why shipping refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ShippingError {
    #[error("no carrier ships to {country}")]
    NoServiceTo { country: String },
    #[error("a parcel may weigh at most {limit_grams} grams")]
    TooHeavy { limit_grams: u32 },
    #[error("there is no such shipment")]
    UnknownShipment,
}

impl DomainError for ShippingError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoServiceTo { .. } | Self::TooHeavy { .. } => ErrorCode::Invalid,
            Self::UnknownShipment => ErrorCode::NotFound,
        }
    }
}
