//! shop-inventory.
