//! Opening an account.

use crate::account::{check, normal};
use crate::service::{Refusal, Service};
use crate::store;
use shop_contracts::CustomerId;
use shop_contracts::identity::{Customer, CustomerRegistered, IdentityError, Register};
use shop_platform::{Call, Claim, Handle, Publish as _};
use uuid::Uuid;

impl Handle<Register> for Service {
    /// The password is hashed before the transaction opens, because a writer must not wait for a
    /// core. A repetition hashes it for nothing, but repetitions are rare.
    async fn handle(&self, call: &Call, mut request: Register) -> Result<Customer, Refusal> {
        check(&request)?;
        // The idempotency key is stored with a fast hash of the request, from which the password
        // could be guessed. So that hash does not cover the password.
        let password = std::mem::take(&mut request.password);
        let password_hash = self.passwords.hash(call, password).await?;
        let mut transaction = match self.store.write_once(call, &request).await? {
            Claim::Answered(customer) => return Ok(customer),
            Claim::Fresh(transaction) => transaction,
        };
        let customer = Customer {
            customer_id: CustomerId(Uuid::now_v7().to_string()),
            email: normal(&request.email),
            name: request.name.trim().to_owned(),
            registered_ms: self.clock.now_ms(),
        };
        if !store::insert(&mut transaction, &customer, &password_hash).await? {
            return Err(IdentityError::EmailTaken.into());
        }
        let registered = CustomerRegistered {
            customer_id: customer.customer_id.clone(),
            email: customer.email.clone(),
            name: customer.name.clone(),
        };
        transaction
            .publish(&customer.customer_id, &registered)
            .await?;
        transaction.commit_answer(&customer).await?;
        Ok(customer)
    }
}
