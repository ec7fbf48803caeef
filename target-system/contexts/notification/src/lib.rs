//! shop-notification.
