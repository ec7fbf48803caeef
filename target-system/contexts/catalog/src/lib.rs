//! shop-catalog.
