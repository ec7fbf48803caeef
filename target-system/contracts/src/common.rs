//! Small values that several contexts share: money, lines, addresses, pages.

use crate::ProductId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

/// Number of items on a page, in every list.
pub const PAGE_SIZE: u32 = 20;

/// Money in minor units of the shop's one currency (euro cents).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Cents(pub i64);

impl Cents {
    /// The price of `quantity` pieces at this unit price.
    #[must_use]
    pub fn times(self, quantity: u32) -> Self {
        Self(self.0 * i64::from(quantity))
    }
}

impl Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

/// A product and a quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    pub product_id: ProductId,
    pub quantity: u32,
}

/// The destination of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    pub name: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
}

/// One page of a longer list; pages count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub page: u32,
    /// Number of items on all pages together.
    pub total: u64,
}

impl<T> Page<T> {
    /// Number of items before this page.
    #[must_use]
    pub fn offset(page: u32) -> i64 {
        i64::from(page.saturating_sub(1)) * i64::from(PAGE_SIZE)
    }
}

/// A page of summaries is named after what they sum up: one of `OrderSummary` is an `OrderList`.
impl<T: JsonSchema> JsonSchema for Page<T> {
    fn schema_name() -> Cow<'static, str> {
        let item = T::schema_name();
        format!("{}List", item.strip_suffix("Summary").unwrap_or(&item)).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "items": generator.subschema_for::<Vec<T>>(),
                "page": generator.subschema_for::<u32>(),
                "total": generator.subschema_for::<u64>(),
            },
            "required": ["items", "page", "total"],
        })
    }
}
