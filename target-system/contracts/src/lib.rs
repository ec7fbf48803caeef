//! shop-contracts.
