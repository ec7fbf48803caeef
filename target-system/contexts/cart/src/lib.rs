//! cart: what shoppers intend to buy.
//!
//! It reads a product's name and price from catalog when the product is added, and empties a cart
//! that has been ordered. Knowledge of a cart's id is the right to use it. Its prices are not
//! binding, and it must not know stock.
//!
//! - `carts` is the interface of a store of carts, with the rules of a change to a cart.
//! - `rows` stores carts in the tables of `tables`, and `abandoned` deletes the unused ones;
//!   `documents` stores them under keys on Redis.

mod abandoned;
mod carts;
mod documents;
mod rows;
mod tables;

use abandoned::{AbandonSettings, Sweeper};
use carts::{Answer, Carts, Change};
use documents::Documents;
use rows::Rows;
use shop_contracts::cart::{
    Cart as Contents, CartError, CartLine, Clear, Create, Get, PutItem, RemoveItem,
};
use shop_contracts::catalog::{GetProducts, ProductSummary};
use shop_contracts::order::OrderPlaced;
use shop_contracts::{CartId, Cents, Context, FactName, ProductId, fact};
use shop_platform::{
    BoundedContext, Call, Caller, Handle, HearOnce, Listen, ListenError, Module, MountError,
    Mounted, Mounting, Parts, Transaction,
};
use uuid::Uuid;

/// Limit of the quantity of one product in a cart.
const PIECES: u32 = 99;

/// The cart context.
pub struct Cart;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Cart>();

impl BoundedContext for Cart {
    const CONTEXT: Context = Context::Cart;
    const CALLS: &'static [Context] = &[Context::Catalog];
    const HEARS: &'static [FactName] = &[fact::<OrderPlaced>()];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_carts.sql")];
    const SETTINGS: &'static str = include_str!("../settings.toml");
    const ON_KEYS: bool = true;

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: AbandonSettings = parts.settings.section(Self::CONTEXT.name())?;
        let caller = parts.caller;
        if let Some(keys) = parts.keys {
            let lasts = settings.abandoned_after;
            let carts = Documents { keys, lasts };
            let service = Service { carts, caller };
            return Ok(service.answers().hears_once::<OrderPlaced>().done());
        }
        let (store, clock) = (parts.store, parts.clock);
        let sweeper = Sweeper::new(settings, store.clone(), clock.clone());
        let carts = Rows { store, clock };
        let service = Service { carts, caller };
        Ok(service
            .answers()
            .hears::<OrderPlaced>()
            .task("sweep abandoned carts", |_| sweeper.run(parts.shutdown))
            .done())
    }
}

struct Service<C> {
    carts: C,
    caller: Caller,
}

impl<C: Carts> Handle<Create> for Service<C> {
    async fn handle(&self, call: &Call, request: Create) -> Answer {
        let cart = Contents {
            cart_id: CartId(Uuid::now_v7().to_string()),
            customer_id: request.customer_id.clone(),
            lines: Vec::new(),
            subtotal: Cents(0),
        };
        self.carts.create(call, &request, cart).await
    }
}

impl<C: Carts> Handle<Get> for Service<C> {
    async fn handle(&self, call: &Call, request: Get) -> Answer {
        let found = self.carts.find(call, &request.cart_id).await?;
        Ok(found.ok_or(CartError::UnknownCart)?)
    }
}

impl<C: Carts> Handle<PutItem> for Service<C> {
    async fn handle(&self, call: &Call, request: PutItem) -> Answer {
        if !(1..=PIECES).contains(&request.quantity) {
            return Err(CartError::InvalidQuantity { limit: PIECES }.into());
        }
        let product = self.product(call, &request.product_id).await?;
        let line = CartLine {
            product_id: product.product_id,
            name: product.name,
            unit_price: product.price,
            quantity: request.quantity,
        };
        let change = Change::Put(line);
        self.carts.change(call, &request.cart_id, change).await
    }
}

impl<C: Carts> Handle<RemoveItem> for Service<C> {
    async fn handle(&self, call: &Call, request: RemoveItem) -> Answer {
        let change = Change::Remove(request.product_id);
        self.carts.change(call, &request.cart_id, change).await
    }
}

impl<C: Carts> Handle<Clear> for Service<C> {
    async fn handle(&self, call: &Call, request: Clear) -> Answer {
        let change = Change::Clear;
        self.carts.change(call, &request.cart_id, change).await
    }
}

impl Listen<OrderPlaced> for Service<Rows> {
    async fn hear(&self, tx: &mut Transaction, fact: OrderPlaced) -> Result<(), ListenError> {
        rows::ordered(tx, fact).await
    }
}

impl HearOnce<OrderPlaced> for Service<Documents> {
    async fn hear_once(&self, call: &Call, id: &str, fact: OrderPlaced) -> Result<(), ListenError> {
        self.carts.ordered(call, id, fact).await
    }
}

impl<C: Carts> Service<C> {
    fn answers(self) -> Mounting<Self> {
        Mounted::of(Cart::CONTEXT, self)
            .answers::<Create>()
            .answers::<Get>()
            .answers::<PutItem>()
            .answers::<RemoveItem>()
            .answers::<Clear>()
    }

    /// The product in catalog. Read before the cart, so that no transaction is open during a call.
    async fn product(&self, call: &Call, product_id: &ProductId) -> Answer<ProductSummary> {
        let product_ids = vec![product_id.clone()];
        let found = self.caller.call(call, GetProducts { product_ids }).await?;
        Ok(found.into_iter().next().ok_or(CartError::UnknownProduct)?)
    }
}
