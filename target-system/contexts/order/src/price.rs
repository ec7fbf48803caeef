//! The lines of a basket and their price: `total = items + shipping + tax`.

use crate::service::{Answer, Service};
use shop_contracts::cart::{self, CartError};
use shop_contracts::catalog::GetProducts;
use shop_contracts::order::{Basket, OrderError, PricedLine, Quotation};
use shop_contracts::shipping::{Rates, ShippingError};
use shop_contracts::{Cents, Line};
use shop_platform::{Call, CallError};

/// Value added tax on the items, in percent.
const TAX_PERCENT: i64 = 19;
const MOST_LINES: usize = 100;
const MOST_PIECES: u32 = 99;

impl Service {
    /// The lines of a basket: each product once, with a quantity that can be sold.
    pub(crate) async fn lines(&self, call: &Call, basket: &Basket) -> Answer<Vec<Line>> {
        let lines = match basket {
            Basket::Lines(lines) => merged(lines),
            Basket::Cart(cart_id) => {
                let cart_id = cart_id.clone();
                let cart = match self.caller.call(call, cart::Get { cart_id }).await {
                    Err(CallError::Domain(CartError::UnknownCart)) => {
                        return Err(OrderError::UnknownCart.into());
                    }
                    other => other?,
                };
                let line = |line: cart::CartLine| Line {
                    product_id: line.product_id,
                    quantity: line.quantity,
                };
                cart.lines.into_iter().map(line).collect()
            }
        };
        if lines.is_empty() {
            return Err(OrderError::EmptyBasket.into());
        }
        if lines.len() > MOST_LINES
            || lines
                .iter()
                .any(|line| !(1..=MOST_PIECES).contains(&line.quantity))
        {
            let reason =
                format!("a basket holds 1 to {MOST_LINES} products, 1 to {MOST_PIECES} of each");
            return Err(OrderError::Invalid { reason }.into());
        }
        Ok(lines)
    }

    /// The price of these lines with shipping to this country.
    pub(crate) async fn price(
        &self,
        call: &Call,
        lines: Vec<Line>,
        country: &str,
    ) -> Answer<Quotation> {
        let product_ids = lines.iter().map(|line| line.product_id.clone()).collect();
        let products = self.caller.call(call, GetProducts { product_ids }).await?;
        let mut priced = Vec::with_capacity(lines.len());
        for line in lines {
            let known = products
                .iter()
                .find(|product| product.product_id == line.product_id);
            let Some(product) = known else {
                let product_id = line.product_id;
                return Err(OrderError::UnknownProduct { product_id }.into());
            };
            priced.push(PricedLine {
                product_id: line.product_id,
                name: product.name.clone(),
                quantity: line.quantity,
                unit_price: product.price,
                weight_grams: product.weight_grams,
            });
        }
        let shipping = self.cheapest_rate(call, country, weight(&priced)).await?;
        Ok(sum(priced, shipping))
    }

    async fn cheapest_rate(&self, call: &Call, country: &str, weight_grams: u32) -> Answer<Cents> {
        let rates = Rates {
            country: country.to_owned(),
            weight_grams,
        };
        let no_service = || OrderError::NoServiceTo {
            country: country.to_owned(),
        };
        match self.caller.call(call, rates).await {
            Ok(rates) => Ok(rates.first().ok_or_else(no_service)?.price),
            Err(CallError::Domain(ShippingError::NoServiceTo { .. })) => Err(no_service().into()),
            Err(CallError::Domain(refusal @ ShippingError::TooHeavy { .. })) => {
                let reason = refusal.to_string();
                Err(OrderError::Invalid { reason }.into())
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// The weight of a parcel with these lines.
pub(crate) fn weight(lines: &[PricedLine]) -> u32 {
    lines
        .iter()
        .map(|line| line.weight_grams.saturating_mul(line.quantity))
        .fold(0, u32::saturating_add)
}

/// Merges lines of the same product.
fn merged(lines: &[Line]) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match merged.iter_mut().find(|m| m.product_id == line.product_id) {
            Some(existing) => existing.quantity = existing.quantity.saturating_add(line.quantity),
            None => merged.push(line.clone()),
        }
    }
    merged
}

fn sum(lines: Vec<PricedLine>, shipping: Cents) -> Quotation {
    let items: Cents = lines
        .iter()
        .map(|line| line.unit_price.times(line.quantity))
        .sum();
    // Rounded half up, once, on the sum, as on an invoice.
    let tax = Cents((items.0 * TAX_PERCENT + 50) / 100);
    Quotation {
        lines,
        items,
        shipping,
        tax,
        total: items + shipping + tax,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop_contracts::ProductId;

    fn line(price: i64, quantity: u32) -> PricedLine {
        PricedLine {
            product_id: ProductId::seeded(1),
            name: String::new(),
            quantity,
            unit_price: Cents(price),
            weight_grams: 400,
        }
    }

    #[test]
    fn the_total_is_items_and_shipping_and_tax_rounded_half_up() {
        let quotation = sum(vec![line(150, 1), line(100, 2)], Cents(490));
        assert_eq!(quotation.items, Cents(350));
        // 19 % of 3.50 is 0.665.
        assert_eq!(quotation.tax, Cents(67));
        assert_eq!(quotation.total, Cents(350 + 490 + 67));
    }

    #[test]
    fn lines_of_the_same_product_are_merged() {
        let twice = [1, 2].map(|quantity| Line {
            product_id: ProductId::seeded(7),
            quantity,
        });
        assert_eq!(merged(&twice).len(), 1);
        assert_eq!(merged(&twice)[0].quantity, 3);
    }

    #[test]
    fn a_weight_saturates() {
        assert_eq!(weight(&[line(1, u32::MAX), line(1, 1)]), u32::MAX);
    }
}
