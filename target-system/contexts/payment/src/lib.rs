//! shop-payment.
