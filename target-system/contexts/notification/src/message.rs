//! The message to a customer about each fact. Pure text; it must know neither store nor time.

use shop_contracts::identity::CustomerRegistered;
use shop_contracts::order::{OrderCancelled, OrderPlaced};
use shop_contracts::shipping::ShipmentCreated;
use shop_contracts::{Cents, CustomerId, Fact};

/// A fact that causes a message to a customer.
pub(crate) trait Message: Fact {
    const KIND: &'static str;

    fn addressee(&self) -> &CustomerId;

    fn text(&self) -> String;
}

impl Message for OrderPlaced {
    const KIND: &'static str = "order_placed";

    fn addressee(&self) -> &CustomerId {
        &self.customer_id
    }

    fn text(&self) -> String {
        format!(
            "Thank you for order {} over {}.",
            self.order_id,
            euros(self.total)
        )
    }
}

impl Message for OrderCancelled {
    const KIND: &'static str = "order_cancelled";

    fn addressee(&self) -> &CustomerId {
        &self.customer_id
    }

    fn text(&self) -> String {
        format!(
            "Order {} is cancelled; {} come back to you.",
            self.order_id,
            euros(self.total)
        )
    }
}

impl Message for ShipmentCreated {
    const KIND: &'static str = "shipment_created";

    fn addressee(&self) -> &CustomerId {
        &self.customer_id
    }

    fn text(&self) -> String {
        format!(
            "Order {} is on its way with {}: {}.",
            self.order_id, self.carrier, self.tracking
        )
    }
}

impl Message for CustomerRegistered {
    const KIND: &'static str = "customer_registered";

    fn addressee(&self) -> &CustomerId {
        &self.customer_id
    }

    fn text(&self) -> String {
        format!("Welcome, {}!", self.name)
    }
}

fn euros(amount: Cents) -> String {
    format!("€{}.{:02}", amount.0 / 100, amount.0 % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_euros_with_two_digits_of_cents() {
        assert_eq!(euros(Cents(123_405)), "€1234.05");
        assert_eq!(euros(Cents(7)), "€0.07");
    }
}
