//! What the service needs of a store of carts, and the rules of a change to one. It must not know
//! engines.

use shop_contracts::cart::{Cart, CartError, CartLine, Create};
use shop_contracts::{CartId, Cents, ProductId};
use shop_platform::{Call, Failure, StoreError};

/// How many different products a cart holds.
const LINES: u32 = 100;

/// What a handler of this context answers.
pub(crate) type Answer<T = Cart> = Result<T, Failure<CartError>>;

/// Keeps carts.
pub(crate) trait Carts: Send + Sync + 'static {
    /// Keeps a new cart; or gives back the one of an earlier request under the same key.
    fn create(
        &self,
        call: &Call,
        request: &Create,
        cart: Cart,
    ) -> impl Future<Output = Answer> + Send;

    /// The cart of this id.
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
    /// Puts a line where the same product was, or at the end.
    Put(CartLine),
    Remove(ProductId),
    Clear,
}

impl Change {
    /// Makes the change, if there is room for it.
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
    let same = |there: &&mut CartLine| there.product_id == line.product_id;
    if let Some(there) = lines.iter_mut().find(same) {
        *there = line.clone();
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
