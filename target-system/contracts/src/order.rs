//! order: from a basket to a paid, shipped purchase.

use crate::{
    Address, Card, CartId, Cents, Context, CustomerId, DomainError, Effect, ErrorCode, Fact, Line,
    OrderId, Page, PaymentId, ProductId, Rpc, Tracking,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to buy: the contents of a cart, or these lines.
/// As JSON it is `"cart_id": "..."` or `"lines": [...]` inside the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Basket {
    #[serde(rename = "cart_id")]
    Cart(CartId),
    #[serde(rename = "lines")]
    Lines(Vec<Line>),
}

/// Asks what a basket would cost.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    #[serde(flatten)]
    pub basket: Basket,
    #[serde(default = "home_country")]
    pub country: String,
}

fn home_country() -> String {
    "DE".to_owned()
}

impl Rpc for Quote {
    type Reply = Quotation;
    type Error = OrderError;
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "Quote";
    const EFFECT: Effect = Effect::Read;
}

/// What a basket costs: `total = items + shipping + tax`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quotation {
    pub lines: Vec<PricedLine>,
    pub items: Cents,
    pub shipping: Cents,
    pub tax: Cents,
    pub total: Cents,
}

/// A line at its current price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricedLine {
    pub product_id: ProductId,
    pub name: String,
    pub quantity: u32,
    pub unit_price: Cents,
    pub weight_grams: u32,
}

/// Places an order: reserves the stock, takes the money and books the parcel; all of it or none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub customer_id: CustomerId,
    #[serde(flatten)]
    pub basket: Basket,
    pub address: Address,
    pub card: Card,
}

impl Rpc for Place {
    type Reply = Order;
    type Error = OrderError;
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "Place";
    const EFFECT: Effect = Effect::Once;
}

/// Asks for an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Get {
    pub order_id: OrderId,
}

impl Rpc for Get {
    type Reply = Order;
    type Error = OrderError;
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "Get";
    const EFFECT: Effect = Effect::Read;
}

/// Asks for a customer's orders, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List {
    pub customer_id: CustomerId,
    pub page: u32,
}

impl Rpc for List {
    type Reply = Page<OrderSummary>;
    type Error = OrderError;
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "List";
    const EFFECT: Effect = Effect::Read;
}

/// Cancels an order and refunds it; cancelling twice changes nothing more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cancel {
    pub order_id: OrderId,
}

impl Rpc for Cancel {
    type Reply = Order;
    type Error = OrderError;
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "Cancel";
    const EFFECT: Effect = Effect::Idempotent;
}

/// The status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OrderStatus {
    /// Being placed; the saga is in progress.
    Pending,
    /// Paid and handed to shipping.
    Paid,
    /// Could not be placed; every step was compensated.
    Failed,
    /// Cancelled after it had been paid.
    Cancelled,
}

impl OrderStatus {
    /// The name on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Paid, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// An order in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    pub status: OrderStatus,
    #[serde(flatten)]
    pub price: Quotation,
    pub payment_id: Option<PaymentId>,
    pub tracking: Option<Tracking>,
    pub placed_ms: i64,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSummary {
    pub order_id: OrderId,
    pub status: OrderStatus,
    pub total: Cents,
    pub placed_ms: i64,
}

/// An order was placed and paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    /// The cart that was bought, if it was one.
    pub cart_id: Option<CartId>,
    pub lines: Vec<Line>,
    pub total: Cents,
}

impl Fact for OrderPlaced {
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "OrderPlaced";
}

/// An order was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    pub total: Cents,
}

impl Fact for OrderCancelled {
    const CONTEXT: Context = Context::Order;
    const NAME: &'static str = "OrderCancelled";
}

/// Why order refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum OrderError {
    #[error("{reason}")]
    Invalid { reason: String },
    #[error("there is nothing in the basket")]
    EmptyBasket,
    #[error("there is no such cart")]
    UnknownCart,
    #[error("there is no product {product_id}")]
    UnknownProduct { product_id: ProductId },
    #[error("not enough of {product_id} is left")]
    OutOfStock { product_id: ProductId },
    #[error("no carrier ships to {country}")]
    NoServiceTo { country: String },
    #[error("the card was declined: {reason}")]
    PaymentDeclined { reason: String },
    #[error("there is no such order")]
    UnknownOrder,
    #[error("an order that is {} cannot be cancelled", .status.name())]
    CannotCancel { status: OrderStatus },
    /// Another request is refunding the order, and may still fail; a repetition shows the outcome.
    #[error("another refund of this order is in progress; try again")]
    RefundUnderWay,
}

impl DomainError for OrderError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid { .. } | Self::EmptyBasket | Self::NoServiceTo { .. } => {
                ErrorCode::Invalid
            }
            Self::UnknownCart | Self::UnknownProduct { .. } | Self::UnknownOrder => {
                ErrorCode::NotFound
            }
            Self::PaymentDeclined { .. } => ErrorCode::PaymentRequired,
            Self::OutOfStock { .. } | Self::CannotCancel { .. } | Self::RefundUnderWay => {
                ErrorCode::Conflict
            }
        }
    }
}
