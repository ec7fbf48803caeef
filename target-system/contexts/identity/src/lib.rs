//! shop-identity.
