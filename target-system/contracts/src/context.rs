//! The bounded contexts of the shop as a closed set; `lib.rs` lists them.

use crate::Context;
use std::fmt;
use std::str::FromStr;

/// Defines the type of contexts from a list of names, each with its documentation.
macro_rules! contexts {
    ($($(#[$doc:meta])* $context:ident = $name:literal,)*) => {
        /// A bounded context: it owns data and the calls that change it.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum Context {
            $($(#[$doc])* #[serde(rename = $name)] $context,)*
        }

        impl Context {
            /// Every context, in the order in which the shop's documents list them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$context),*];

            /// The name used in routes, table prefixes, spans and shapes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$context => $name,)*
                }
            }
        }
    };
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
