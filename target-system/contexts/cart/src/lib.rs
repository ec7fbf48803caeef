//! cart: what shoppers mean to buy.
//!
//! It asks catalog what a product is called and costs at the moment it is put in, and empties a
//! cart once it hears that an order came of it. Whoever knows a cart's id may use it. It knows
//! nothing of stock, and its prices bind nobody.

mod abandoned;
mod store;

use abandoned::{AbandonSettings, Sweeper};
use shop_contracts::cart::{
    Cart as Contents, CartError, CartLine, Clear, Create, Get, PutItem, RemoveItem,
};
use shop_contracts::catalog::{GetProducts, ProductSummary};
use shop_contracts::order::OrderPlaced;
use shop_contracts::{CartId, Cents, Context, ProductId};
use shop_platform::{
    BoundedContext, Call, Caller, Claim, Clock, FactName, Failure, Handle, Listen, ListenError,
    MountError, Mounted, Parts, Store, Transaction, fact,
};
use uuid::Uuid;

/// How many pieces of one product a cart holds.
const PIECES: u32 = 99;
/// How many different products a cart holds.
const LINES: u32 = 100;

/// The cart context.
pub struct Cart;

impl BoundedContext for Cart {
    const CONTEXT: Context = Context::Cart;
    const CALLS: &'static [Context] = &[Context::Catalog];
    const HEARS: &'static [FactName] = &[fact::<OrderPlaced>()];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_carts.sql")];
    const SETTINGS: &'static str = include_str!("../settings.toml");

    /// Nobody has put anything into a cart yet.
    async fn seed(_: &Parts) -> Result<(), MountError> {
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: AbandonSettings = parts.settings.section(Self::CONTEXT.name())?;
        let sweeper = Sweeper::new(settings, parts.store.clone(), parts.clock.clone());
        let service = Service {
            store: parts.store,
            caller: parts.caller,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Create>()
            .answers::<Get>()
            .answers::<PutItem>()
            .answers::<RemoveItem>()
            .answers::<Clear>()
            .hears::<OrderPlaced>()
            .task("sweep abandoned carts", |_| sweeper.run(parts.shutdown))
            .done())
    }
}

struct Service {
    store: Store,
    caller: Caller,
    clock: Clock,
}

/// What a handler of this context answers.
type Answer<T = Contents> = Result<T, Failure<CartError>>;

impl Handle<Create> for Service {
    async fn handle(&self, call: &Call, request: Create) -> Answer {
        let mut transaction = match self.store.write_once(call, &request).await? {
            Claim::Answered(cart) => return Ok(cart),
            Claim::Fresh(transaction) => transaction,
        };
        let cart = Contents {
            cart_id: CartId(Uuid::now_v7().to_string()),
            customer_id: request.customer_id,
            lines: Vec::new(),
            subtotal: Cents(0),
        };
        store::insert(&mut transaction, &cart, self.clock.now_ms()).await?;
        transaction.commit_answer(&cart).await?;
        Ok(cart)
    }
}

impl Handle<Get> for Service {
    async fn handle(&self, call: &Call, request: Get) -> Answer {
        let found = store::find(&self.store, call, &request.cart_id).await?;
        Ok(found.ok_or(CartError::UnknownCart)?)
    }
}

impl Handle<PutItem> for Service {
    async fn handle(&self, call: &Call, request: PutItem) -> Answer {
        if !(1..=PIECES).contains(&request.quantity) {
            return Err(CartError::InvalidQuantity { limit: PIECES }.into());
        }
        let product = self.product(call, &request.product_id).await?;
        let (mut transaction, mut cart) = self.open(call, &request.cart_id).await?;
        let line = CartLine {
            product_id: product.product_id,
            name: product.name,
            unit_price: product.price,
            quantity: request.quantity,
        };
        put(&mut cart.lines, line.clone())?;
        store::put_line(&mut transaction, &cart.cart_id, &line).await?;
        self.close(transaction, cart).await
    }
}

impl Handle<RemoveItem> for Service {
    async fn handle(&self, call: &Call, request: RemoveItem) -> Answer {
        let (mut transaction, mut cart) = self.open(call, &request.cart_id).await?;
        cart.lines
            .retain(|line| line.product_id != request.product_id);
        store::remove_line(&mut transaction, &cart.cart_id, &request.product_id).await?;
        self.close(transaction, cart).await
    }
}

impl Handle<Clear> for Service {
    async fn handle(&self, call: &Call, request: Clear) -> Answer {
        let (mut transaction, mut cart) = self.open(call, &request.cart_id).await?;
        cart.lines.clear();
        store::remove_lines(&mut transaction, &cart.cart_id).await?;
        self.close(transaction, cart).await
    }
}

impl Listen<OrderPlaced> for Service {
    async fn hear(&self, tx: &mut Transaction, fact: OrderPlaced) -> Result<(), ListenError> {
        if let Some(cart_id) = fact.cart_id {
            store::remove_lines(tx, &cart_id).await?;
        }
        Ok(())
    }
}

impl Service {
    /// What catalog says about a product. Asked before any transaction is open.
    async fn product(&self, call: &Call, product_id: &ProductId) -> Answer<ProductSummary> {
        let product_ids = vec![product_id.clone()];
        let found = self.caller.call(call, GetProducts { product_ids }).await?;
        Ok(found.into_iter().next().ok_or(CartError::UnknownProduct)?)
    }

    /// Opens a cart to change it.
    async fn open(&self, call: &Call, cart_id: &CartId) -> Answer<(Transaction, Contents)> {
        let mut transaction = self.store.write(call).await?;
        let found = store::find_in(&mut transaction, cart_id).await?;
        Ok((transaction, found.ok_or(CartError::UnknownCart)?))
    }

    /// Keeps a change, and answers with the cart as it is now.
    async fn close(&self, mut transaction: Transaction, mut cart: Contents) -> Answer {
        store::touch(&mut transaction, &cart.cart_id, self.clock.now_ms()).await?;
        transaction.commit().await?;
        cart.subtotal = subtotal(&cart.lines);
        Ok(cart)
    }
}

/// Puts a line where the same product was, or at the end if there is room.
fn put(lines: &mut Vec<CartLine>, line: CartLine) -> Result<(), CartError> {
    let same = |there: &&mut CartLine| there.product_id == line.product_id;
    if let Some(there) = lines.iter_mut().find(same) {
        *there = line;
    } else if u32::try_from(lines.len()).is_ok_and(|count| count < LINES) {
        lines.push(line);
    } else {
        return Err(CartError::Full { limit: LINES });
    }
    Ok(())
}

fn subtotal(lines: &[CartLine]) -> Cents {
    lines
        .iter()
        .map(|line| line.unit_price.times(line.quantity))
        .sum()
}
