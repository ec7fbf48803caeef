//! cart: what a shopper intends to buy.

use crate::{CartId, Cents, Context, CustomerId, DomainError, Effect, ErrorCode, ProductId, Rpc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opens an empty cart, for a customer or anonymously.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Create {
    pub customer_id: Option<CustomerId>,
}

impl Rpc for Create {
    type Reply = Cart;
    type Error = CartError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Create";
    const EFFECT: Effect = Effect::Once;
}

/// Asks what is in a cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Get {
    pub cart_id: CartId,
}

impl Rpc for Get {
    type Reply = Cart;
    type Error = CartError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Get";
    const EFFECT: Effect = Effect::Read;
}

/// Sets the quantity of a product in the cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutItem {
    pub cart_id: CartId,
    pub product_id: ProductId,
    pub quantity: u32,
}

impl Rpc for PutItem {
    type Reply = Cart;
    type Error = CartError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "PutItem";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Removes a product from the cart; removing a product that is not there changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveItem {
    pub cart_id: CartId,
    pub product_id: ProductId,
}

impl Rpc for RemoveItem {
    type Reply = Cart;
    type Error = CartError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "RemoveItem";
    const EFFECT: Effect = Effect::Idempotent;
}

/// Empties the cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Clear {
    pub cart_id: CartId,
}

impl Rpc for Clear {
    type Reply = Cart;
    type Error = CartError;
    const CONTEXT: Context = Context::Cart;
    const NAME: &'static str = "Clear";
    const EFFECT: Effect = Effect::Idempotent;
}

/// A cart. A line has the price of the moment when it was added; the quote has the binding one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cart {
    pub cart_id: CartId,
    pub customer_id: Option<CustomerId>,
    pub lines: Vec<CartLine>,
    pub subtotal: Cents,
}

/// One product in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CartLine {
    pub product_id: ProductId,
    pub name: String,
    pub unit_price: Cents,
    pub quantity: u32,
}

/// Why cart refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CartError {
    #[error("there is no such cart")]
    UnknownCart,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("a quantity must be 1 to {limit}")]
    InvalidQuantity { limit: u32 },
    #[error("a cart holds at most {limit} products")]
    Full { limit: u32 },
}

impl DomainError for CartError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownCart | Self::UnknownProduct => ErrorCode::NotFound,
            Self::InvalidQuantity { .. } => ErrorCode::Invalid,
            Self::Full { .. } => ErrorCode::Conflict,
        }
    }
}
