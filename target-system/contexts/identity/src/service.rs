//! The service of identity, and the calls that only read.

use crate::issuer::Issuer;
use crate::password::Passwords;
use crate::store;
use shop_contracts::identity::{Customer, GetCustomer, IdentityError, JwkSet, Jwks};
use shop_platform::{Call, Clock, Failure, Handle, Store};

/// The state that the handlers of this context share.
pub(crate) struct Service {
    pub store: Store,
    pub clock: Clock,
    pub passwords: Passwords,
    pub issuer: Issuer,
}

/// The error of a handler of this context.
pub(crate) type Refusal = Failure<IdentityError>;

impl Handle<Jwks> for Service {
    async fn handle(&self, _: &Call, _: Jwks) -> Result<JwkSet, Refusal> {
        Ok(JwkSet {
            keys: vec![self.issuer.public_key()],
        })
    }
}

impl Handle<GetCustomer> for Service {
    async fn handle(&self, call: &Call, request: GetCustomer) -> Result<Customer, Refusal> {
        let found = store::customer(&self.store, call, &request.customer_id).await?;
        Ok(found.ok_or(IdentityError::UnknownCustomer)?)
    }
}
