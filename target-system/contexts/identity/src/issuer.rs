//! Signs access tokens: JWTs (RFC 7519) with EdDSA (RFC 8037).

use crate::keys::SigningKey;
use crate::password::Passwords;
use crate::settings::IdentitySettings;
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use shop_contracts::ErrorCode;
use shop_contracts::identity::{Jwk, Token};
use shop_platform::{MountError, RemoteError};
use std::time::Duration;

/// Signs tokens.
pub(crate) struct Issuer {
    name: String,
    lifetime: Duration,
    key: SigningKey,
    clients: Vec<Client>,
}

/// A program that may request tokens.
pub(crate) struct Client {
    id: String,
    pub secret_hash: String,
    pub scopes: Vec<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    scope: &'a str,
    iat: u64,
    exp: u64,
}

impl Issuer {
    /// The secrets of clients are hashed like passwords, so their plain text is not kept.
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

    /// The client with this id.
    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// A token for this subject.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(crate) fn issue(
        &self,
        subject: &str,
        scope: String,
        now_ms: i64,
    ) -> Result<Token, RemoteError> {
        let iat = u64::try_from(now_ms).unwrap_or_default() / 1000;
        let claims = Claims {
            iss: &self.name,
            sub: subject,
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
