//! inventory: the stock of each warehouse and its reservations.

use crate::{Context, DomainError, Effect, ErrorCode, Line, OrderId, ProductId, Rpc};
use serde::{Deserialize, Serialize};

/// Asks how many pieces of each product can be sold now, over all warehouses.
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

/// How many pieces can be sold now; products never stocked are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub product_id: ProductId,
    pub available: u32,
}

/// Keeps stock for an order, all lines or none, until it is committed, released or expires.
/// Reserving again for the same order returns the reservation there is.
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

/// Takes the reserved stock out of the warehouses for good.
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

/// Gives reserved stock back, and puts committed stock back on the shelf. An order without a
/// reservation has nothing to give back, which is no error: the saga may be undoing a reserve
/// whose answer it never saw.
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

/// Stock kept for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub order_id: OrderId,
    pub expires_ms: i64,
    pub picks: Vec<Pick>,
}

/// From which warehouse a line is taken.
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
