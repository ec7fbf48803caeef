//! The interface of a store of carts, and the rules of a change to a cart. It must not know
//! database engines.

use shop_contracts::cart::{Cart, CartError, CartLine, Create};
use shop_contracts::{CartId, Cents, ProductId};
use shop_platform::{Call, Failure, StoreError};

/// Limit of different products in a cart.
const LINES: u32 = 100;

/// The answer of a handler of this context.
pub(crate) type Answer<T = Cart> = Result<T, Failure<CartError>>;

/// A store of carts.
pub(crate) trait Carts: Send + Sync + 'static {
    /// Stores a new cart, or returns that of an earlier request with the same key.
    fn create(
        &self,
        call: &Call,
        request: &Create,
        cart: Cart,
    ) -> impl Future<Output = Answer> + Send;

    /// The cart with this id.
    fn find(
        &self,
        call: &Call,
        cart_id: &CartId,
    ) -> impl Future<Output = Result<Option<Cart>, StoreError>> + Send;

    /// Changes a cart atomically; returns the changed cart.
    fn change(
        &self,
        call: &Call,
        cart_id: &CartId,
        change: Change,
    ) -> impl Future<Output = Answer> + Send;
}

/// A change to a cart.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Replaces the line of the same product, or appends one.
    Put(CartLine),
    Remove(ProductId),
    Clear,
}

impl Change {
    /// Applies the change, unless the cart is full.
    pub(crate) fn apply(&self, cart: &mut Cart) -> Result<(), CartError> {
        match self {
            Self::Put(line) => put(&mut cart.lines, line)?,
            Self::Remove(product) => cart.lines.retain(|line| line.product_id != *product),
            Self::Clear => cart.lines.clear(),
        }
        cart.subtotal = subtotal(&cart.lines);
        Ok(())
    }
}

fn put(lines: &mut Vec<CartLine>, line: &CartLine) -> Result<(), CartError> {
    let same = |existing: &&mut CartLine| existing.product_id == line.product_id;
    if let Some(existing) = lines.iter_mut().find(same) {
        *existing = line.clone();
    } else if u32::try_from(lines.len()).is_ok_and(|count| count < LINES) {
        lines.push(line.clone());
    } else {
        return Err(CartError::Full { limit: LINES });
    }
    Ok(())
}

pub(crate) fn subtotal(lines: &[CartLine]) -> Cents {
    lines
        .iter()
        .map(|line| line.unit_price.times(line.quantity))
        .sum()
}
