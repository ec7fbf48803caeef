//! The bounded contexts of the shop, as a closed set.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A bounded context: an owner of data and of the calls that change it.
///
/// `Gateway` owns no data; it is here because it calls others. `Provider` is the outside payment
/// provider, which is never in the same process as the shop, in any shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    Gateway,
    Identity,
    Catalog,
    Search,
    Cart,
    Inventory,
    Order,
    Payment,
    Shipping,
    Notification,
    Provider,
}

impl Context {
    /// Every context, in the order in which the shop's documents list them.
    pub const ALL: [Self; 11] = [
        Self::Gateway,
        Self::Identity,
        Self::Catalog,
        Self::Search,
        Self::Cart,
        Self::Inventory,
        Self::Order,
        Self::Payment,
        Self::Shipping,
        Self::Notification,
        Self::Provider,
    ];

    /// The name used in routes, table prefixes, spans and shapes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Identity => "identity",
            Self::Catalog => "catalog",
            Self::Search => "search",
            Self::Cart => "cart",
            Self::Inventory => "inventory",
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Shipping => "shipping",
            Self::Notification => "notification",
            Self::Provider => "provider",
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not one of [`Context::ALL`].
#[derive(Debug, thiserror::Error)]
#[error("there is no context `{0}`")]
pub struct UnknownContext(String);

impl FromStr for Context {
    type Err = UnknownContext;

    fn from_str(name: &str) -> Result<Self, UnknownContext> {
        Self::ALL
            .into_iter()
            .find(|context| context.name() == name)
            .ok_or_else(|| UnknownContext(name.to_owned()))
    }
}
