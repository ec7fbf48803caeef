//! identity: customers, and tokens that authenticate them.

use crate::{Context, CustomerId, DomainError, Effect, ErrorCode, Fact, Rpc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Opens an account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Register {
    pub email: String,
    pub name: String,
    pub password: String,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl Rpc for Register {
    type Reply = Customer;
    type Error = IdentityError;
    const CONTEXT: Context = Context::Identity;
    const NAME: &'static str = "Register";
    const EFFECT: Effect = Effect::Once;
}

/// The credentials for a token (RFC 6749, sections 4.3 and 4.4).
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
pub enum Grant {
    Password {
        username: String,
        password: String,
    },
    ClientCredentials {
        client_id: String,
        client_secret: String,
    },
}

/// Prints the subject, never its credentials.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => write!(f, "Password({username})"),
            Self::ClientCredentials { client_id, .. } => write!(f, "Client({client_id})"),
        }
    }
}

/// Exchanges a grant for an access token.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Grant")]
pub struct IssueToken {
    #[serde(flatten)]
    pub grant: Grant,
    /// Space-separated; when absent, everything that the grant allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Rpc for IssueToken {
    type Reply = Token;
    type Error = IdentityError;
    const CONTEXT: Context = Context::Identity;
    const NAME: &'static str = "IssueToken";
    const EFFECT: Effect = Effect::Read;
}

/// An access token (RFC 6749, section 5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    pub access_token: String,
    pub token_type: String,
    /// Seconds from now.
    pub expires_in: u64,
    pub scope: String,
}

/// A bearer token grants access by itself, so it is not printed.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.scope)
    }
}

/// Asks for the public keys that tokens are verified with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Jwks {}

impl Rpc for Jwks {
    type Reply = JwkSet;
    type Error = IdentityError;
    const CONTEXT: Context = Context::Identity;
    const NAME: &'static str = "Jwks";
    const EFFECT: Effect = Effect::Read;
}

/// A key set (RFC 7517, section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Jwk {
    pub kty: String,
    pub crv: String,
    pub alg: String,
    pub kid: String,
    #[serde(rename = "use")]
    pub usage: String,
    /// The key, base64url without padding.
    pub x: String,
}

/// Asks for a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetCustomer {
    pub customer_id: CustomerId,
}

impl Rpc for GetCustomer {
    type Reply = Customer;
    type Error = IdentityError;
    const CONTEXT: Context = Context::Identity;
    const NAME: &'static str = "GetCustomer";
    const EFFECT: Effect = Effect::Read;
}

/// The public data of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    pub customer_id: CustomerId,
    pub email: String,
    pub name: String,
    pub registered_ms: i64,
}

/// A customer opened an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRegistered {
    pub customer_id: CustomerId,
    pub email: String,
    pub name: String,
}

impl Fact for CustomerRegistered {
    const CONTEXT: Context = Context::Identity;
    const NAME: &'static str = "CustomerRegistered";
}

/// Why identity refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum IdentityError {
    #[error("{reason}")]
    Invalid { reason: String },
    #[error("the email address is taken")]
    EmailTaken,
    #[error("the credentials are wrong")]
    BadCredentials,
    #[error("the scope `{scope}` is not granted")]
    ScopeNotGranted { scope: String },
    #[error("there is no such customer")]
    UnknownCustomer,
}

impl DomainError for IdentityError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid { .. } => ErrorCode::Invalid,
            Self::EmailTaken => ErrorCode::Conflict,
            Self::BadCredentials => ErrorCode::Unauthenticated,
            Self::ScopeNotGranted { .. } => ErrorCode::Forbidden,
            Self::UnknownCustomer => ErrorCode::NotFound,
        }
    }
}
