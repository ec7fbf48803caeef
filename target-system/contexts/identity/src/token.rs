//! Exchanging a grant for an access token: a JWT (RFC 7519) signed with EdDSA (RFC 8037).

use crate::account::normal;
use crate::keys::SigningKey;
use crate::password::Passwords;
use crate::settings::IdentitySettings;
use crate::{Refusal, Service, store};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use shop_contracts::identity::{Grant, IdentityError, IssueToken, Jwk, Token};
use shop_contracts::{CustomerId, ErrorCode};
use shop_platform::{Call, Handle, MountError, RemoteError};
use std::time::Duration;

/// What every customer may do with a token: be a customer.
const CUSTOMER_SCOPES: [&str; 1] = ["customer"];

/// Signs tokens.
pub(crate) struct Issuer {
    name: String,
    lifetime: Duration,
    key: SigningKey,
    clients: Vec<Client>,
}

/// A program that may ask for tokens.
struct Client {
    id: String,
    secret_hash: String,
    scopes: Vec<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
}

/// Somebody who has proved who they are, and what they may ask for.
struct Proven {
    subject: String,
    scopes: Vec<String>,
}

impl Issuer {
    /// The secrets of clients are treated as passwords, so their plain text goes no further.
    pub(crate) fn new(
        settings: IdentitySettings,
        key: SigningKey,
        passwords: &Passwords,
    ) -> Result<Self, MountError> {
        let clients = settings.clients.into_iter().map(|client| {
            Ok(Client {
                secret_hash: passwords.hash_now(&client.secret, None)?,
                id: client.id,
                scopes: client.scopes,
            })
        });
        Ok(Self {
            name: settings.issuer,
            lifetime: settings.token_lifetime,
            key,
            clients: clients.collect::<Result<_, MountError>>()?,
        })
    }

    pub(crate) fn public_key(&self) -> Jwk {
        self.key.public.clone()
    }

    fn issue(&self, to: &Proven, scope: String, now_ms: i64) -> Result<Token, Refusal> {
        let iat = u64::try_from(now_ms).unwrap_or_default() / 1000;
        let claims = Claims {
            iss: &self.name,
            sub: &to.subject,
            scope: &scope,
            iat,
            exp: iat + self.lifetime.as_secs(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key.public.kid.clone());
        let access_token = jsonwebtoken::encode(&header, &claims, &self.key.encoding)
            .map_err(|error| RemoteError::own(ErrorCode::Internal, error.to_string()))?;
        Ok(Token {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: self.lifetime.as_secs(),
            scope,
        })
    }
}

impl Handle<IssueToken> for Service {
    async fn handle(&self, call: &Call, request: IssueToken) -> Result<Token, Refusal> {
        let proven = match request.grant {
            Grant::Password { username, password } => {
                self.customer(call, &username, password).await?
            }
            Grant::ClientCredentials {
                client_id,
                client_secret,
            } => self.client(call, &client_id, client_secret).await?,
        };
        let scope = granted(&proven.scopes, request.scope.as_deref())?;
        self.issuer.issue(&proven, scope, self.clock.now_ms())
    }
}

impl Service {
    async fn customer(
        &self,
        call: &Call,
        username: &str,
        password: String,
    ) -> Result<Proven, Refusal> {
        let found = store::credentials(&self.store, call, &normal(username)).await?;
        let (customer, hash): (Option<CustomerId>, _) = found.unzip();
        let fits = self.passwords.verify(call, password, hash).await?;
        let customer = customer
            .filter(|_| fits)
            .ok_or(IdentityError::BadCredentials)?;
        Ok(Proven {
            subject: format!("customer:{customer}"),
            scopes: CUSTOMER_SCOPES.map(str::to_owned).to_vec(),
        })
    }

    async fn client(&self, call: &Call, id: &str, secret: String) -> Result<Proven, Refusal> {
        let client = self.issuer.clients.iter().find(|client| client.id == id);
        let hash = client.map(|client| client.secret_hash.clone());
        let fits = self.passwords.verify(call, secret, hash).await?;
        let client = client
            .filter(|_| fits)
            .ok_or(IdentityError::BadCredentials)?;
        Ok(Proven {
            subject: format!("client:{id}"),
            scopes: client.scopes.clone(),
        })
    }
}

/// What is granted of what was asked for; everything when nothing in particular was.
fn granted(allowed: &[String], asked: Option<&str>) -> Result<String, IdentityError> {
    let Some(asked) = asked else {
        return Ok(allowed.join(" "));
    };
    let refused = asked
        .split_whitespace()
        .find(|scope| !allowed.iter().any(|allowed| allowed == scope));
    match refused {
        Some(scope) => Err(IdentityError::ScopeNotGranted {
            scope: scope.to_owned(),
        }),
        None => Ok(asked.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}
