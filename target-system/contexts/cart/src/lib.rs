//! shop-cart.
