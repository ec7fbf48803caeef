//! Exchanging a grant for an access token.

use crate::account::normal;
use crate::service::{Refusal, Service};
use crate::store;
use shop_contracts::CustomerId;
use shop_contracts::identity::{Grant, IdentityError, IssueToken, Token};
use shop_platform::{Call, Handle};

/// The scopes of every customer.
const CUSTOMER_SCOPES: [&str; 1] = ["customer"];

/// An authenticated subject and the scopes that it may request.
struct Authenticated {
    subject: String,
    scopes: Vec<String>,
}

impl Handle<IssueToken> for Service {
    async fn handle(&self, call: &Call, request: IssueToken) -> Result<Token, Refusal> {
        let authenticated = match request.grant {
            Grant::Password { username, password } => {
                self.customer(call, &username, password).await?
            }
            Grant::ClientCredentials {
                client_id,
                client_secret,
            } => self.client(call, &client_id, client_secret).await?,
        };
        let scope = granted(&authenticated.scopes, request.scope.as_deref())?;
        let now_ms = self.clock.now_ms();
        Ok(self.issuer.issue(&authenticated.subject, scope, now_ms)?)
    }
}

impl Service {
    async fn customer(
        &self,
        call: &Call,
        username: &str,
        password: String,
    ) -> Result<Authenticated, Refusal> {
        let found = store::credentials(&self.store, call, &normal(username)).await?;
        let (customer, hash): (Option<CustomerId>, _) = found.unzip();
        let matches = self.passwords.verify(call, password, hash).await?;
        let customer = customer
            .filter(|_| matches)
            .ok_or(IdentityError::BadCredentials)?;
        Ok(Authenticated {
            subject: format!("customer:{customer}"),
            scopes: CUSTOMER_SCOPES.map(str::to_owned).to_vec(),
        })
    }

    async fn client(
        &self,
        call: &Call,
        id: &str,
        secret: String,
    ) -> Result<Authenticated, Refusal> {
        let client = self.issuer.client(id);
        let hash = client.map(|client| client.secret_hash.clone());
        let matches = self.passwords.verify(call, secret, hash).await?;
        let client = client
            .filter(|_| matches)
            .ok_or(IdentityError::BadCredentials)?;
        Ok(Authenticated {
            subject: format!("client:{id}"),
            scopes: client.scopes.clone(),
        })
    }
}

/// The granted scopes; all allowed ones when none was requested.
fn granted(allowed: &[String], requested: Option<&str>) -> Result<String, IdentityError> {
    let Some(requested) = requested else {
        return Ok(allowed.join(" "));
    };
    let refused = requested
        .split_whitespace()
        .find(|scope| !allowed.iter().any(|allowed| allowed == scope));
    match refused {
        Some(scope) => Err(IdentityError::ScopeNotGranted {
            scope: scope.to_owned(),
        }),
        None => Ok(requested.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}
