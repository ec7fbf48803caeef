//! The key pair that signs tokens. It is stored, so tokens stay valid after a restart. Only its
//! public half leaves the process.

use crate::store;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use shop_contracts::identity::Jwk;
use shop_platform::{Call, MountError, Store};
use std::time::Duration;

/// Timeout of reading the key at the start of the process.
const PATIENCE: Duration = Duration::from_secs(10);
/// Number of characters of the public key that are its key id.
const KID_LENGTH: usize = 12;

/// An Ed25519 key pair, ready to sign. It has no `Debug`.
pub(crate) struct SigningKey {
    pub encoding: EncodingKey,
    pub public: Jwk,
}

/// The secret half as text, for the store.
pub(crate) fn encode(secret: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(secret)
}

impl SigningKey {
    /// The key that the store was seeded with.
    pub(crate) async fn load(from: &Store) -> Result<Self, MountError> {
        let call = Call::unobserved(PATIENCE);
        let text = store::signing_key(from, &call).await?;
        let text = text.ok_or_else(|| unusable("the store has none; it was not seeded"))?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| unusable("it is not base64url"))?;
        let secret = bytes
            .try_into()
            .map_err(|_| unusable("it does not have 32 bytes"))?;
        Self::from_secret(&secret)
    }

    fn from_secret(secret: &[u8; 32]) -> Result<Self, MountError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret)
            .map_err(|error| unusable(&error.to_string()))?;
        let document = pair
            .to_pkcs8()
            .map_err(|error| unusable(&error.to_string()))?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let public = Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            kid: x.chars().take(KID_LENGTH).collect(),
            usage: "sig".to_owned(),
            x,
        };
        Ok(Self {
            encoding: EncodingKey::from_ed_der(document.as_ref()),
            public,
        })
    }
}

fn unusable(reason: &str) -> MountError {
    MountError::Other {
        what: "the signing key",
        reason: reason.to_owned(),
    }
}
