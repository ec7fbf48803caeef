//! Chooses the warehouses that an order is taken from. Pure; it must not know the store.

use shop_contracts::inventory::{InventoryError, Pick};
use shop_contracts::{Line, ProductId};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Free pieces of a product in one warehouse.
#[derive(Clone, Debug)]
pub(crate) struct FreeStock {
    pub product_id: ProductId,
    pub warehouse: String,
    pub free: u32,
}

/// The quantities by product, with the lines of one product summed.
pub(crate) fn wanted(lines: Vec<Line>) -> Result<BTreeMap<ProductId, u32>, InventoryError> {
    let mut wanted = BTreeMap::new();
    for line in lines {
        if line.quantity == 0 {
            return Err(InventoryError::InvalidQuantity);
        }
        let quantity: &mut u32 = wanted.entry(line.product_id).or_default();
        *quantity = quantity.saturating_add(line.quantity);
    }
    if wanted.is_empty() {
        return Err(InventoryError::InvalidQuantity);
    }
    Ok(wanted)
}

/// Takes each product from the fullest warehouse first, so that an order is split as little as
/// possible; all products or none. The picks are ordered by product and warehouse.
pub(crate) fn pick(
    wanted: &BTreeMap<ProductId, u32>,
    stocks: &[FreeStock],
) -> Result<Vec<Pick>, InventoryError> {
    let mut picks = Vec::with_capacity(wanted.len());
    for (product_id, quantity) in wanted {
        let mut stocked: Vec<&FreeStock> = stocks
            .iter()
            .filter(|stock| stock.product_id == *product_id)
            .collect();
        if stocked.is_empty() {
            return Err(InventoryError::UnknownProduct);
        }
        stocked.sort_by_key(|stock| (Reverse(stock.free), &stock.warehouse));
        let mut missing = *quantity;
        for stock in &stocked {
            let taken = missing.min(stock.free);
            if taken > 0 {
                picks.push(Pick {
                    product_id: product_id.clone(),
                    warehouse: stock.warehouse.clone(),
                    quantity: taken,
                });
            }
            missing -= taken;
        }
        if missing > 0 {
            return Err(InventoryError::OutOfStock {
                product_id: product_id.clone(),
                available: quantity - missing,
            });
        }
    }
    let position = |pick: &Pick| (pick.product_id.clone(), pick.warehouse.clone());
    picks.sort_by_key(position);
    Ok(picks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stocks() -> Vec<FreeStock> {
        let stock = |rank, warehouse: &str, free| FreeStock {
            product_id: ProductId::seeded(rank),
            warehouse: warehouse.to_owned(),
            free,
        };
        vec![stock(1, "a", 3), stock(1, "b", 5), stock(2, "a", 1)]
    }

    fn picked(lines: &[(u32, u32)]) -> Result<Vec<(String, u32)>, InventoryError> {
        let line = |(rank, quantity): &(u32, u32)| Line {
            product_id: ProductId::seeded(*rank),
            quantity: *quantity,
        };
        let wanted = wanted(lines.iter().map(line).collect())?;
        let picks = pick(&wanted, &stocks())?;
        let part = |pick: Pick| (pick.warehouse, pick.quantity);
        Ok(picks.into_iter().map(part).collect())
    }

    #[test]
    fn the_fullest_warehouse_comes_first_and_a_line_is_split_only_if_it_must_be() {
        assert_eq!(picked(&[(1, 5)]).unwrap(), [("b".to_owned(), 5)]);
        let split = [("a".to_owned(), 2), ("b".to_owned(), 5)];
        assert_eq!(picked(&[(1, 7)]).unwrap(), split);
    }

    #[test]
    fn one_line_without_stock_refuses_all_lines() {
        let product_id = ProductId::seeded(2);
        let available = 1;
        let refusal = InventoryError::OutOfStock {
            product_id,
            available,
        };
        assert_eq!(picked(&[(1, 1), (2, 1), (2, 1)]), Err(refusal));
        assert_eq!(picked(&[(9, 1)]), Err(InventoryError::UnknownProduct));
        assert_eq!(picked(&[(1, 0)]), Err(InventoryError::InvalidQuantity));
        assert_eq!(picked(&[]), Err(InventoryError::InvalidQuantity));
    }
}
