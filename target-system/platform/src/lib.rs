//! shop-platform.
