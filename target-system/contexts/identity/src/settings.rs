//! identity's settings as types; `settings.toml` explains each.

use serde::Deserialize;
use shop_platform::duration;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentitySettings {
    pub issuer: String,
    #[serde(deserialize_with = "duration::deserialize")]
    pub token_lifetime: Duration,
    pub password: PasswordCost,
    pub clients: Vec<ClientSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// A program that may request tokens. It has no `Debug`, because of the secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSettings {
    pub id: String,
    pub secret: String,
    pub scopes: Vec<String>,
}
