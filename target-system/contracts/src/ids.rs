//! Ids, with a type for each kind, so that an order id is never mistaken for a cart id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub String);

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A customer; seeded ones are `c00001`, `c00002`, ...
    CustomerId
);
id!(
    /// A product; seeded ones are `p00001`, `p00002`, ... in order of popularity.
    ProductId
);
id!(
    /// A category of products.
    CategoryId
);
id!(
    /// A shopping cart; knowledge of the id is the right to use it.
    CartId
);
id!(
    /// An order.
    OrderId
);
id!(
    /// A payment intent.
    PaymentId
);
id!(
    /// The tracking number of a shipment.
    Tracking
);

impl CustomerId {
    /// The id of the `number`-th seeded customer, counted from 1.
    #[must_use]
    pub fn seeded(number: u32) -> Self {
        Self(format!("c{number:05}"))
    }
}

impl ProductId {
    /// The id of the product with this popularity rank, counted from 1.
    #[must_use]
    pub fn seeded(rank: u32) -> Self {
        Self(format!("p{rank:05}"))
    }
}
