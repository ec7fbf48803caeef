//! The customers of the seeded world, and the key that signs its tokens. The same seed makes the
//! same bytes, also of the key: nothing in a seeded world is secret.

use crate::password::Passwords;
use crate::settings::IdentitySettings;
use crate::{keys, store};
use rand::{Rng as _, RngExt as _};
use shop_contracts::CustomerId;
use shop_contracts::identity::Customer;
use shop_platform::{Call, MountError, Parts};
use std::time::Duration;

/// The password of every seeded customer.
const PASSWORD: &str = "shakedown";
/// Customers per INSERT.
const BATCH: usize = 500;
/// Timeout of the seeding.
const PATIENCE: Duration = Duration::from_secs(120);
/// When the first customer registered: 1 January 2025. The others follow a minute apart.
const FIRST_MS: i64 = 1_735_689_600_000;
const APART_MS: i64 = 60_000;

const GIVEN: [&str; 12] = [
    "Ada", "Alan", "Barbara", "Donald", "Edsger", "Frances", "Grace", "Ken", "Leslie", "Margaret",
    "Radia", "Tony",
];
const FAMILY: [&str; 12] = [
    "Allen", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Knuth", "Lamport", "Liskov", "Lovelace",
    "Perlman", "Thompson", "Turing",
];

/// Fills an empty store.
pub(crate) async fn run(parts: &Parts) -> Result<(), MountError> {
    let settings: IdentitySettings = parts.settings.section(parts.store.context().name())?;
    let passwords = Passwords::new(&settings.password)?;
    let mut stream = parts.scale.stream("identity secrets");
    let (mut secret, mut salt) = ([0; 32], [0; 16]);
    stream.fill_bytes(&mut secret);
    stream.fill_bytes(&mut salt);
    // One hash for all: the password is the same and public, and twenty thousand hashes would take
    // minutes. Verifying costs the same as with a salt for each.
    let hash = passwords.hash_now(PASSWORD, Some(&salt))?;
    let customers = customers(parts);
    let mut transaction = parts.store.write(&Call::unobserved(PATIENCE)).await?;
    store::keep_signing_key(&mut transaction, keys::encode(&secret)).await?;
    for batch in customers.chunks(BATCH) {
        store::insert_all(&mut transaction, batch, &hash).await?;
    }
    Ok(transaction.commit().await?)
}

fn customers(parts: &Parts) -> Vec<Customer> {
    let mut stream = parts.scale.stream("customers");
    let mut name = || {
        let given = GIVEN[stream.random_range(0..GIVEN.len())];
        let family = FAMILY[stream.random_range(0..FAMILY.len())];
        format!("{given} {family}")
    };
    (1..=parts.scale.customers)
        .map(|number| {
            let customer_id = CustomerId::seeded(number);
            Customer {
                email: format!("{customer_id}@shop.example"),
                customer_id,
                name: name(),
                registered_ms: FIRST_MS + i64::from(number) * APART_MS,
            }
        })
        .collect()
}
