//! shop-app.
