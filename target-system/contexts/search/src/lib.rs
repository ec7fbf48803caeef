//! shop-search.
