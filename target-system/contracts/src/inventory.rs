//! inventory: the stock of each warehouse and its reservations.

use crate::{Context, DomainError, Effect, ErrorCode, Line, OrderId, ProductId, Rpc};
use serde::{Deserialize, Serialize};

/// Asks how many pieces of each product are available now, over all warehouses.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Availability {
    pub product_ids: Vec<ProductId>,
}

impl Rpc for Availability {
    type Reply = Vec<Stock>;
    type Error = InventoryError;
    const CONTEXT: Context = Context::Inventory;
    const NAME: &'static str = "Availability";
    const EFFECT: Effect = Effect::Read;
}

/// How many pieces are available now; a product that was never stocked is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub product_id: ProductId,
    pub available: u32,
}

/// Reserves stock for an order, all lines or none, until it is committed, released or expires.
/// Reserving again for the same order returns the existing reservation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reserve {
    pub order_id: OrderId,
    pub lines: Vec<Line>,
    pub ttl_ms: u32,
}

impl Rpc for Reserve {
    type Reply = Reservation;
    type Error = InventoryError;
    const CONTEXT: Context = Context::Inventory;
    const NAME: &'static str = "Reserve";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Removes the reserved stock from the warehouses for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Commit {
    pub order_id: OrderId,
}

impl Rpc for Commit {
    type Reply = Reservation;
    type Error = InventoryError;
    const CONTEXT: Context = Context::Inventory;
    const NAME: &'static str = "Commit";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Releases reserved stock, and returns committed stock to the warehouses. It is no error if the
/// order has no reservation: the saga may be compensating a reserve whose answer it never received.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    pub order_id: OrderId,
}

impl Rpc for Release {
    type Reply = ();
    type Error = InventoryError;
    const CONTEXT: Context = Context::Inventory;
    const NAME: &'static str = "Release";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Adds pieces to a warehouse.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Restock {
    pub product_id: ProductId,
    pub warehouse: String,
    pub quantity: u32,
}

impl Rpc for Restock {
    type Reply = Stock;
    type Error = InventoryError;
    const CONTEXT: Context = Context::Inventory;
    const NAME: &'static str = "Restock";
    const EFFECT: Effect = Effect::Once;
}

/// Stock that is reserved for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub order_id: OrderId,
    pub expires_ms: i64,
    pub picks: Vec<Pick>,
}

/// The warehouse that (part of) a line is taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    pub product_id: ProductId,
    pub warehouse: String,
    pub quantity: u32,
}

/// Why inventory refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum InventoryError {
    #[error("only {available} pieces of {product_id} are left")]
    OutOfStock {
        product_id: ProductId,
        available: u32,
    },
    #[error("nothing is reserved for this order")]
    UnknownReservation,
    #[error("the reservation has expired")]
    ReservationExpired,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("there is no such warehouse")]
    UnknownWarehouse,
    #[error("a quantity must be above zero")]
    InvalidQuantity,
}

impl DomainError for InventoryError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::OutOfStock { .. } | Self::ReservationExpired => ErrorCode::Conflict,
            Self::UnknownReservation | Self::UnknownProduct | Self::UnknownWarehouse => {
                ErrorCode::NotFound
            }
            Self::InvalidQuantity => ErrorCode::Invalid,
        }
    }
}
