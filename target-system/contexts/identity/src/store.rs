//! identity's tables: customers and the signing key. It must know only the hashes of passwords.

use shop_contracts::CustomerId;
use shop_contracts::identity::Customer;
use shop_platform::{Call, Row, Statement, Store, StoreError, Transaction, sql};
use std::fmt::Write as _;

const TOKENS: &str = "tokens";

pub(crate) async fn customer(
    store: &Store,
    call: &Call,
    customer: &CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let select = sql("SELECT customer_id, email, name, registered_ms \
         FROM identity_customers WHERE customer_id = $1");
    store.first(call, select.bind(customer), read).await
}

/// The customer with this email address, and the hash of their password.
pub(crate) async fn credentials(
    store: &Store,
    call: &Call,
    email: &str,
) -> Result<Option<(CustomerId, String)>, StoreError> {
    let select = sql("SELECT customer_id, password_hash FROM identity_customers WHERE email = $1");
    store
        .first(call, select.bind(email), |row| {
            Ok((row.get("customer_id")?, row.get("password_hash")?))
        })
        .await
}

/// Stores a new customer; false when the email address is taken.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    customer: &Customer,
    password_hash: &str,
) -> Result<bool, StoreError> {
    let customers = std::slice::from_ref(customer);
    Ok(transaction.run(insertion(customers, password_hash)).await? == 1)
}

/// Stores many new customers who all have the same password.
pub(crate) async fn insert_all(
    transaction: &mut Transaction,
    customers: &[Customer],
    password_hash: &str,
) -> Result<(), StoreError> {
    transaction
        .run(insertion(customers, password_hash))
        .await
        .map(|_| ())
}

/// One statement for all of them: `$1` is the hash, and each customer has four parameters.
fn insertion(customers: &[Customer], password_hash: &str) -> Statement {
    let mut text = String::from(
        "INSERT INTO identity_customers \
         (password_hash, customer_id, email, name, registered_ms) VALUES ",
    );
    for index in 0..customers.len() {
        let comma = if index == 0 { "" } else { ", " };
        let [id, email, name, at] = [2, 3, 4, 5].map(|place| place + 4 * index);
        write!(text, "{comma}($1, ${id}, ${email}, ${name}, ${at})")
            .expect("writing to a string cannot fail");
    }
    text.push_str(" ON CONFLICT (email) DO NOTHING");
    customers
        .iter()
        .fold(sql(text).bind(password_hash), |statement, customer| {
            statement
                .bind(&customer.customer_id)
                .bind(&customer.email)
                .bind(&customer.name)
                .bind(customer.registered_ms)
        })
}

pub(crate) async fn keep_signing_key(
    transaction: &mut Transaction,
    secret: String,
) -> Result<(), StoreError> {
    let insert = sql("INSERT INTO identity_keys (purpose, secret) VALUES ($1, $2)")
        .bind(TOKENS)
        .bind(secret);
    transaction.run(insert).await.map(|_| ())
}

pub(crate) async fn signing_key(store: &Store, call: &Call) -> Result<Option<String>, StoreError> {
    let select = sql("SELECT secret FROM identity_keys WHERE purpose = $1").bind(TOKENS);
    store.first(call, select, |row| row.get("secret")).await
}

fn read(row: &Row) -> Result<Customer, StoreError> {
    Ok(Customer {
        customer_id: row.get("customer_id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        registered_ms: row.get("registered_ms")?,
    })
}
