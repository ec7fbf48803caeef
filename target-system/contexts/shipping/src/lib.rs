//! shop-shipping.
