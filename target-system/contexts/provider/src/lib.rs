//! shop-provider.
